"""The JSON API, answer for answer that of the monolith."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from reviews_service import moderation, products, reviews, votes
from reviews_service.errors import BadInputError, MissingError, NobodyError, NotAllowedError
from reviews_service.requests import Call
from reviews_service.reviews import Author, Review
from reviews_service.submission import clean_review, json_object, vote_value

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PAGE_SIZE = 20

Handler = Callable[[Call], Awaitable[Response]]


# --- answers ----------------------------------------------------------------------------------


class JsonAnswer(Response):
    """JSON with Django's separators and escapes."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode()


def error(status: int, message: str, **details: Any) -> JsonAnswer:
    return JsonAnswer({"error": message, **details}, status)


def review_json(review: Review) -> dict[str, Any]:
    return {
        "id": review.number,
        "product_id": review.product_id,
        "customer_id": review.author_id,
        "author": review.author_name,
        "rating": review.stars,
        "title": review.title,
        "text": review.body,
        "status": review.status,
        "verified_purchase": review.verified_purchase,
        "helpful_count": review.helpful_count,
        "created": review.created_at.isoformat(),
        "updated": review.updated_at.isoformat(),
    }


class Resource:
    """An endpoint for some methods; exceptions become answers.

    ``is_view`` says which of the monolith's two kinds it copies: class-based views know HEAD and
    OPTIONS and ask who is calling first, the others ask for the method first.
    """

    def __init__(self, handlers: Mapping[str, Handler], *, is_view: bool = False) -> None:
        self._handlers = dict(handlers)
        self._is_view = is_view
        if is_view and "GET" in handlers:
            self._handlers["HEAD"] = handlers["GET"]
        if is_view:
            self._handlers["OPTIONS"] = self.options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self.answer(Call(Request(scope, receive)))
        await answer(scope, receive, send)

    async def answer(self, call: Call) -> Response:
        method = call.request.method
        try:
            if self._is_view and method not in SAFE_METHODS:
                call.somebody()
            if method not in self._handlers:
                return self.not_allowed()
            return await self._handlers[method](call)
        except NobodyError:
            answer = error(401, "log in or send a token")
            answer.headers["WWW-Authenticate"] = "Token"
            return answer
        except MissingError:
            return error(404, "not found")
        except BadInputError as problem:
            return error(400, "bad input", errors=problem.errors)
        except NotAllowedError as problem:
            return error(403, str(problem))

    async def options(self, _: Call) -> Response:
        return Response(headers={"Allow": self.allowed}, media_type="text/html; charset=utf-8")

    def not_allowed(self) -> Response:
        answer = error(405, "method not allowed")
        answer.headers["Allow"] = self.allowed
        return answer

    @property
    def allowed(self) -> str:
        order = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        return ", ".join(method for method in order if method in self._handlers)


# --- reviews ----------------------------------------------------------------------------------


async def product_reviews(call: Call) -> Response:
    product_id = call.number("product_id")
    whole, page = await call.database.read(
        reviews.page,
        product_id,
        call.query.get("sort", "newest"),
        call.query_number("page", 1),
        call.query_number("page_size", 20, highest=100),
    )
    return JsonAnswer(
        {
            "product_id": product_id,
            "count": whole.count,
            "average": whole.average,
            "page": page.number,
            "pages": page.pages,
            "results": [review_json(review) for review in page.reviews],
        }
    )


async def add_review(call: Call) -> Response:
    customer, product_id = call.somebody(), call.number("product_id")
    try:
        fields = clean_review(json_object(await call.body()))
    except BadInputError:
        await call.database.read(products.on_sale, product_id)  # 404 goes first
        raise
    author = Author(customer, call.client_address())
    review = await call.database.write(reviews.submit, product_id, author, fields, call.now)
    answer = JsonAnswer(review_json(review), 201)
    answer.headers["Location"] = f"/api/reviews/{review.number}"
    return answer


async def show_review(call: Call) -> Response:
    review = await call.database.read(reviews.find_for, call.number(), call.customer)
    return JsonAnswer(review_json(review))


async def replace_review(call: Call) -> Response:
    return await change_review(call, partial=False)


async def patch_review(call: Call) -> Response:
    return await change_review(call, partial=True)


async def change_review(call: Call, *, partial: bool) -> Response:
    customer, number = call.somebody(), call.number()
    review = await call.database.read(reviews.find_for, number, customer)
    data = json_object(await call.body())
    if not review.can_be_changed_by(customer):
        raise NotAllowedError("only the author may edit a review")
    fields = clean_review(data, partial=partial)
    changed = await call.database.write(reviews.edit, number, customer, fields, call.now)
    return JsonAnswer(review_json(changed))


async def remove_review(call: Call) -> Response:
    """Hides the review; with ?hard=1, and for staff only, removes the row."""
    customer, number = call.somebody(), call.number()
    await call.database.read(reviews.find_for, number, customer)
    hard = call.query.get("hard") == "1"
    await call.database.write(reviews.remove, number, customer, call.now, hard=hard)
    return no_content()


async def my_reviews(call: Call) -> Response:
    customer = call.somebody()
    page = await call.database.read(
        reviews.by_author, customer.id, call.query.get("page"), PAGE_SIZE
    )
    results = [review_json(review) for review in page.reviews]
    return JsonAnswer({"count": page.count, "results": results})


# --- votes, complaints, decisions ---------------------------------------------------------------


async def cast_vote(call: Call) -> Response:
    customer, number = call.somebody(), call.number()
    try:
        value = vote_value(await call.body())
    except BadInputError:
        await call.database.read(reviews.find_visible, number)  # 404 goes first
        raise
    cast = await call.database.write(votes.cast, number, customer, value, call.now)
    return JsonAnswer(
        {"review_id": number, "value": value, "helpful_count": cast.helpful_count},
        201 if cast.is_new else 200,
    )


async def withdraw_vote(call: Call) -> Response:
    customer = call.somebody()
    await call.database.write(votes.withdraw, call.number(), customer)
    return no_content()


async def flag(call: Call) -> Response:
    call.somebody()
    number = call.number()
    status = await call.database.write(reviews.flag, number, call.now)
    return JsonAnswer({"review_id": number, "status": status}, 202)


async def moderate(call: Call) -> Response:
    customer, number = call.somebody(), call.number()
    if not customer.is_staff:
        raise NotAllowedError("staff only")
    try:
        decision = str(json_object(await call.body()).get("decision", ""))
        review = await call.database.write(moderation.decide, number, customer, decision, call.now)
    except BadInputError:
        await call.database.read(reviews.find, number)  # 404 goes first
        raise
    return JsonAnswer(review_json(review))


def no_content() -> Response:
    return Response(status_code=204, media_type="text/html; charset=utf-8")


routes = [
    Route(
        "/api/products/{product_id:number}/reviews",
        Resource({"GET": product_reviews, "POST": add_review}, is_view=True),
    ),
    Route(
        "/api/reviews/{number:number}",
        Resource(
            {
                "GET": show_review,
                "PUT": replace_review,
                "PATCH": patch_review,
                "DELETE": remove_review,
            },
            is_view=True,
        ),
    ),
    Route(
        "/api/reviews/{number:number}/votes",
        Resource({"POST": cast_vote, "DELETE": withdraw_vote}),
    ),
    Route("/api/reviews/{number:number}/flag", Resource({"POST": flag})),
    Route("/api/reviews/{number:number}/moderation", Resource({"POST": moderate})),
    Route("/api/me/reviews", Resource({"GET": my_reviews})),
]
