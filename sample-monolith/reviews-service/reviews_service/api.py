"""The JSON API, answer for answer that of the monolith."""

import json
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from reviews_service import moderation, products, reviews, votes
from reviews_service.database import Session
from reviews_service.endpoint import Endpoint, writers
from reviews_service.errors import (
    BadInputError,
    MissingError,
    NobodyError,
    NotAllowedError,
    ReviewsError,
)
from reviews_service.requests import Call
from reviews_service.reviews import Author, Page, Review, Summary
from reviews_service.submission import clean_review, json_object, vote_value

PAGE_SIZE = 20


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


class JsonEndpoint(Endpoint):
    """Exceptions become JSON."""

    def refusal(self, call: Call, problem: ReviewsError) -> Response:
        match problem:
            case NobodyError():
                answer = error(401, "log in or send a token")
                answer.headers["WWW-Authenticate"] = "Token"
                return answer
            case MissingError():
                return error(404, "not found")
            case BadInputError():
                return error(400, "bad input", errors=problem.errors)
            case NotAllowedError():
                return error(403, str(problem))
            case _:
                raise problem

    def not_allowed(self) -> Response:
        return error(405, "method not allowed")


# --- reviews ----------------------------------------------------------------------------------


async def page_on_sale(
    session: Session, product_id: int, sort: str, number: int, size: int
) -> tuple[Summary, Page]:
    await products.on_sale(session, product_id)
    return await reviews.page(session, product_id, sort, number, size)


async def product_reviews(call: Call) -> Response:
    product_id = call.number("product_id")
    whole, page = await call.database.read(
        page_on_sale,
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


async def find_review(call: Call) -> Review:
    """Hidden reviews are there for their author and for staff only."""
    review = await call.database.read(reviews.find, call.number())
    if not review.is_visible and not review.can_be_changed_by(call.customer):
        raise MissingError
    return review


async def show_review(call: Call) -> Response:
    return JsonAnswer(review_json(await find_review(call)))


async def replace_review(call: Call) -> Response:
    return await change_review(call, partial=False)


async def patch_review(call: Call) -> Response:
    return await change_review(call, partial=True)


async def change_review(call: Call, *, partial: bool) -> Response:
    customer, review = call.somebody(), await find_review(call)
    data = json_object(await call.body())
    if not review.can_be_changed_by(customer):
        raise NotAllowedError("only the author may edit a review")
    fields = clean_review(data, partial=partial)
    changed = await call.database.write(reviews.edit, review.number, customer, fields, call.now)
    return JsonAnswer(review_json(changed))


async def remove_review(call: Call) -> Response:
    """Hides the review; with ?hard=1, and for staff only, removes the row."""
    customer, review = call.somebody(), await find_review(call)
    hard = call.query.get("hard") == "1"
    await call.database.write(reviews.remove, review.number, customer, call.now, hard=hard)
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
        JsonEndpoint({"GET": product_reviews, "POST": add_review}, guard=writers, is_view=True),
    ),
    Route(
        "/api/reviews/{number:number}",
        JsonEndpoint(
            {
                "GET": show_review,
                "PUT": replace_review,
                "PATCH": patch_review,
                "DELETE": remove_review,
            },
            guard=writers,
            is_view=True,
        ),
    ),
    Route(
        "/api/reviews/{number:number}/votes",
        JsonEndpoint({"POST": cast_vote, "DELETE": withdraw_vote}),
    ),
    Route("/api/reviews/{number:number}/flag", JsonEndpoint({"POST": flag})),
    Route("/api/reviews/{number:number}/moderation", JsonEndpoint({"POST": moderate})),
    Route("/api/me/reviews", JsonEndpoint({"GET": my_reviews})),
]
