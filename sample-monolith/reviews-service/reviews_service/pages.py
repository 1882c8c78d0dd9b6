"""The HTML pages of customers: reading, writing, voting and complaining."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from reviews_service import notices, products, reviews, votes
from reviews_service.database import Session
from reviews_service.endpoint import Endpoint
from reviews_service.errors import (
    BadInputError,
    MissingError,
    NobodyError,
    NotAllowedError,
    ReviewsError,
)
from reviews_service.forms import REVIEW_FORM, Form, form_of
from reviews_service.origin import is_from_another_site
from reviews_service.products import Product
from reviews_service.rendering import rendered
from reviews_service.requests import Call
from reviews_service.reviews import Author, Page, Review, Summary

PAGE_SIZE = 20
LAST = 2**31
"""Of the pages, whichever number it has."""

Step = Callable[[Call], Awaitable[Response]]


# --- answers ----------------------------------------------------------------------------------


class PageEndpoint(Endpoint):
    """Exceptions become pages, or lead to the login."""

    async def answer(self, call: Call) -> Response:
        if is_from_another_site(call.request.method, call.request.headers):
            return HTMLResponse(rendered("403.html"), 403)
        return await super().answer(call)

    def refusal(self, call: Call, problem: ReviewsError) -> Response:
        match problem:
            case NobodyError():
                return to_login(call)
            case MissingError():
                return HTMLResponse(rendered("404.html"), 404)
            case NotAllowedError():
                return HTMLResponse(rendered("403.html"), 403)
            case _:
                raise problem

    def not_allowed(self) -> Response:
        return HTMLResponse(status_code=405)


def customers(call: Call) -> None:
    """NobodyError for visitors."""
    call.somebody()


def page(call: Call, template: str, **context: Any) -> Response:
    """A page of the shop; forms carry the monolith's CSRF token, as it may get what they send."""
    notes = notices.waiting(call.request)
    answer = HTMLResponse(
        rendered(
            template,
            customer=call.customer,
            notices=notes,
            query=dict(call.query),
            csrf=call.request.cookies.get("csrftoken", ""),
            **context,
        )
    )
    if notes:
        notices.forget(answer)
    return answer


def redirect(path: str) -> Response:
    return HTMLResponse(status_code=302, headers={"Location": path})


def to_login(call: Call) -> Response:
    url = call.request.url
    here = f"{url.path}?{url.query}" if url.query else url.path
    return redirect(f"/accounts/login?next={quote(here)}")


def list_path(slug: str) -> str:
    return f"/products/{slug}/reviews/"


def strict_page(text: str) -> int:
    """As Django's ListView: MissingError for what is no number; ``last`` is one."""
    if text == "last":
        return LAST
    try:
        number = int(text or "1")
    except ValueError:
        raise MissingError from None
    if not 1 <= number < LAST:
        raise MissingError
    return number


def there(found: Page, wanted: int) -> Page:
    """``found``, unless the list is shorter than ``wanted``: MissingError."""
    if wanted not in {found.number, LAST}:
        raise MissingError
    return found


# --- reading ----------------------------------------------------------------------------------


async def product_page(
    session: Session, slug: str, sort: str, number: int
) -> tuple[Product, Summary, Page]:
    product = await products.on_sale_by_slug(session, slug)
    summary, found = await reviews.page(session, product.id, sort, number, PAGE_SIZE)
    return product, summary, there(found, number)


async def review_list(call: Call) -> Response:
    number = strict_page(call.query.get("page", ""))
    sort = call.query.get("sort", "newest")
    product, summary, found = await call.database.read(product_page, call.slug, sort, number)
    return page(
        call,
        "review_list.html",
        product=product,
        summary=summary,
        page=found,
        sorts=tuple(reviews.ORDERS),
    )


# --- writing ----------------------------------------------------------------------------------


async def new_review(call: Call) -> Response:
    """One review per product, here; the JSON API was never told."""
    product = await call.database.read(products.on_sale_by_slug, call.slug)
    customer = call.somebody()
    mine = await call.database.read(reviews.mine, product.id, customer.id)
    if mine is not None:
        return redirect(f"{list_path(product.slug)}{mine}/edit")
    if call.request.method != "POST":
        return review_form(call, product, REVIEW_FORM)
    form = REVIEW_FORM.filled(await call.form())
    if form.errors:
        return review_form(call, product, form)
    author = Author(customer, call.client_address())
    review = await call.database.write(
        reviews.submit, product.id, author, review_fields(form), call.now
    )
    text = "Thank you." if review.is_visible else "Thank you. We will look at it first."
    return notices.leave(redirect(list_path(product.slug)), "success", text)


async def edit_review(call: Call) -> Response:
    product = await call.database.read(products.on_sale_by_slug, call.slug)
    customer = call.somebody()
    review = await call.database.read(reviews.find_at, product.slug, call.number())
    if not review.can_be_changed_by(customer):
        raise NotAllowedError("only the author may edit a review")
    if call.request.method != "POST":
        return review_form(call, product, form_of(review))
    form = REVIEW_FORM.filled(await call.form())
    if form.errors:
        return review_form(call, product, form)
    fields = review_fields(form)
    await call.database.write(reviews.edit, review.number, customer, fields, call.now)
    answer = redirect(list_path(product.slug))
    return notices.leave(answer, "success", "Your review was changed.")


def review_form(call: Call, product: Product, form: Form) -> Response:
    return page(call, "review_form.html", product=product, form=form)


def review_fields(form: Form) -> dict[str, Any]:
    return {**form.values, "rating": int(form.values["rating"])}


async def delete_review(call: Call) -> Response:
    customer = call.somebody()
    review = await call.database.read(reviews.find_at, call.slug, call.number())
    hard = "hard" in await call.form()
    await call.database.write(reviews.remove, review.number, customer, call.now, hard=hard)
    return notices.leave(redirect(list_path(call.slug)), "success", "The review is gone.")


# --- voting and complaining -------------------------------------------------------------------


async def visible_review(call: Call) -> Review:
    review = await call.database.read(reviews.find_at, call.slug, call.number())
    if not review.is_visible:
        raise MissingError
    return review


async def vote(call: Call) -> Response:
    customer, review = call.somebody(), await visible_review(call)
    answer = redirect(f"{list_path(call.slug)}#review-{review.number}")
    value = str((await call.form()).get("value", "1")).strip()
    try:
        if value not in {"1", "+1", "-1"}:
            raise BadInputError({"value": "1 or -1 is required"})
        await call.database.write(votes.cast, review.number, customer, int(value), call.now)
    except (NotAllowedError, BadInputError) as problem:
        notices.leave(answer, "error", str(problem))
    return answer


async def flag(call: Call) -> Response:
    review = await visible_review(call)
    await call.database.write(reviews.flag, review.number, call.now)
    answer = redirect(list_path(call.slug))
    return notices.leave(answer, "success", "Thank you, we will have a look.")


def both(step: Step) -> dict[str, Step]:
    return {"GET": step, "POST": step}


LIST = "/products/{slug:slug}/reviews/"

routes = [
    Route(LIST, PageEndpoint({"GET": review_list}, is_view=True)),
    Route(LIST + "new", PageEndpoint(both(new_review), is_view=True)),
    Route(LIST + "{number:number}/edit", PageEndpoint(both(edit_review), is_view=True)),
    Route(LIST + "{number:number}/delete", PageEndpoint({"POST": delete_review}, customers)),
    Route(LIST + "{number:number}/vote", PageEndpoint({"POST": vote}, customers)),
    Route(LIST + "{number:number}/flag", PageEndpoint({"POST": flag})),
]
