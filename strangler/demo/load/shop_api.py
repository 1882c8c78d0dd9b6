"""The load's requests to the shop's JSON API, and the checks of their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from strangler.demo.load.ledger import CastVote, CreateReview, DeleteReview, EditReview, Outcome, WithdrawVote, Write
from strangler.demo.load.wire import Request, Response, WireClient
from strangler.model.errors import UnavailableError

PRODUCTS_WITH_KNOWN_REVIEWS = 20


@dataclass(frozen=True, slots=True)
class Customer:
    """A reader and writer, whom the shop identifies by a token."""

    id: int
    token: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product on sale."""

    id: int
    slug: str


@dataclass(frozen=True, slots=True)
class SeededReview:
    """A review that existed before the load began; the load votes on it and never edits it."""

    number: int
    author: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the load found in the shop when it started."""

    customers: Sequence[Customer]
    products: Sequence[Product]
    reviews: Sequence[SeededReview]


class ReviewJson(msgspec.Struct):
    """The fields of a review that the load checks."""

    id: int
    customer_id: int
    text: str
    helpful_count: int


class _CustomerJson(msgspec.Struct):
    customer_id: int


class _ReviewsJson(msgspec.Struct):
    results: list[ReviewJson]


class _VoteJson(msgspec.Struct):
    helpful_count: int


_product_list = msgspec.json.Decoder(dict[str, msgspec.Raw])
_products = msgspec.json.Decoder(list[Product])
_reviews = msgspec.json.Decoder(_ReviewsJson)
_customer = msgspec.json.Decoder(_CustomerJson)
_review = msgspec.json.Decoder(ReviewJson)
_vote = msgspec.json.Decoder(_VoteJson)


async def explore(client: WireClient, customers: int) -> Catalogue:
    """Ask the shop for `customers` customers, its products and some of its reviews."""
    people = [await _known_customer(client, f"demo-token-{number}") for number in range(1, customers + 1)]
    listed = _product_list.decode((await _get(client, "/api/products?page_size=100", people[0])).body)
    products = _products.decode(listed["results"])
    reviews: list[SeededReview] = []
    for product in products[:PRODUCTS_WITH_KNOWN_REVIEWS]:
        answer = await _get(client, f"/api/products/{product.id}/reviews?page_size=100", people[0])
        reviews += [SeededReview(review.id, review.customer_id) for review in _reviews.decode(answer.body).results]
    return Catalogue(people, products, reviews)


def get(target: str, customer: Customer | None = None) -> Request:
    """Return a GET request, anonymous or as a customer."""
    return Request("GET", target, _headers(customer) if customer else {})


def request_of(write: Write, author: Customer) -> Request:
    """Return the request that makes `write`."""
    match write:
        case CreateReview():
            return _send("POST", f"/api/products/{write.product}/reviews", author, _content(write.text))
        case EditReview():
            return _send("PATCH", f"/api/reviews/{write.number}", author, {"text": write.text})
        case DeleteReview():
            return _send("DELETE", f"/api/reviews/{write.number}", author)
        case CastVote():
            return _send("POST", f"/api/reviews/{write.number}/votes", author, {"value": write.value})
        case WithdrawVote():
            return _send("DELETE", f"/api/reviews/{write.number}/votes", author)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The meaning of an answer to a write: its outcome, its faults, and what the client learnt from it."""

    outcome: Outcome
    failure: str | None = None
    number: int | None = None
    helpful_count: int | None = None


def judge(write: Write, response: Response) -> Verdict:
    """Say what an answer to `write` means."""
    if response.status >= 500:
        return Verdict(Outcome.UNKNOWN, f"status {response.status}")
    if response.status >= 400:
        return Verdict(Outcome.REFUSED, f"status {response.status}")
    try:
        return _success(write, response)
    except msgspec.MsgspecError:
        return Verdict(Outcome.UNKNOWN, f"status {response.status} with an answer that cannot be read")


def review_in(response: Response) -> ReviewJson | None:
    """Return the review in an answer; None if there is none."""
    try:
        return _review.decode(response.body) if response.status == 200 else None
    except msgspec.MsgspecError:
        return None


def _success(write: Write, response: Response) -> Verdict:
    match write, response.status:
        case CreateReview(), 201:
            review = _review.decode(response.body)
            wrong = None if review.text == write.text else "the new review has another text"
            return Verdict(Outcome.ACKNOWLEDGED, wrong, number=review.id)
        case EditReview(), 200:
            wrong = None if _review.decode(response.body).text == write.text else "the edit is not in the answer"
            return Verdict(Outcome.ACKNOWLEDGED, wrong)
        case CastVote(), (200 | 201):
            return Verdict(Outcome.ACKNOWLEDGED, helpful_count=_vote.decode(response.body).helpful_count)
        case ((DeleteReview() | WithdrawVote()), 204):
            return Verdict(Outcome.ACKNOWLEDGED)
        case _, status:
            return Verdict(Outcome.UNKNOWN, f"unexpected status {status}")


async def _known_customer(client: WireClient, token: str) -> Customer:
    answer = await _get(client, "/api/whoami", Customer(0, token))
    return Customer(_customer.decode(answer.body).customer_id, token)


async def _get(client: WireClient, target: str, customer: Customer) -> Response:
    response = await client.send(get(target, customer))
    if response.status != 200:
        raise UnavailableError(f"GET {target} was answered with {response.status}", remedy="is the shop seeded?")
    return response


def _send(method: str, target: str, customer: Customer, content: object = None) -> Request:
    headers = _headers(customer)
    if content is None:
        return Request(method, target, headers)
    return Request(method, target, {**headers, "Content-Type": "application/json"}, msgspec.json.encode(content))


def _headers(customer: Customer) -> dict[str, str]:
    return {"Authorization": f"Token {customer.token}"}


def _content(text: str) -> dict[str, object]:
    return {"rating": 1 + len(text) % 5, "title": "Written under load", "text": text}
