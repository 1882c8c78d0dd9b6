"""Chooses the next request: a mix of reads and writes, drawn from a seeded generator.

At most one write per review is under way, and none follows a write with unknown outcome. So the last acknowledged state
of every review and vote is known, whatever order the server handles requests in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from strangler.demo.load.ledger import CastVote, CreateReview, DeleteReview, EditReview, Outcome, WithdrawVote, Write
from strangler.demo.load.shop_api import Catalogue, Customer, Verdict, get, request_of, review_in
from strangler.demo.load.wire import Request, Response

READS = {"product page": 1, "reviews of product": 75, "review": 300, "product": 10, "own reviews": 14}
WRITES = {"create": 22, "edit": 23, "vote": 40, "withdraw": 8, "delete": 7}
"""Weights. What is moved is read most. Product pages are costly: 12 ms of the monolith; a review takes it 1 to 2."""

PUBLIC_SECONDS = 5.0
"""The age at which others read a new review: nobody is promised to see other people's writes at once."""

Check = Callable[[Response], str | None]
"""Describes what is wrong with an answer; None if nothing is."""


@dataclass(frozen=True, slots=True)
class Read:
    """A read, and the check of its answer."""

    request: Request
    check: Check


@dataclass(slots=True)
class OwnReview:
    """A review that the load has written."""

    marker: str
    author: Customer
    product: int
    number: int = 0
    revision: int = 1
    written_at: float = 0.0
    leaving: bool = False
    """Whether its deletion has been requested."""


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """A write and its author; `review` is the load's own review that it changes."""

    write: Write
    author: Customer
    review: OwnReview | None

    @property
    def request(self) -> Request:
        """The request that makes this write."""
        return request_of(self.write, self.author)


class Traffic:
    """Plans the requests, and learns from the answers.

    Every marker begins with `run`; `probe_share` is the share of writes that are read back at once.
    """

    def __init__(self, catalogue: Catalogue, seed: int, run: str, probe_share: float = 0.2) -> None:
        self._catalogue = catalogue
        self._probe_share = probe_share
        self._probing = Random(seed)  # noqa: S311 - no secret
        self._random = Random(seed)  # noqa: S311 - no secret
        self._run = run
        self._created = 0
        self._free: list[OwnReview] = []
        self._votes: dict[tuple[int, int], Customer] = {}
        self._voting: set[tuple[int, int]] = set()

    def next_read(self, now: float) -> Read:
        """Draw a read."""
        draw = self._random
        customer = draw.choice(self._catalogue.customers)
        product = draw.choice(self._catalogue.products)
        match _weighted(draw, READS):
            case "product page":
                return Read(get(f"/products/{product.slug}/"), _is_ok)
            case "reviews of product":
                return Read(get(f"/api/products/{product.id}/reviews", customer), _is_ok)
            case "product":
                return Read(get(f"/api/products/{product.id}", customer), _is_ok)
            case "own reviews":
                return Read(get("/api/me/reviews", customer), _is_ok)
            case _:
                return self._read_review(customer, now)

    def next_write(self) -> PlannedWrite:
        """Draw a write; it creates a review if none is free to be changed."""
        match _weighted(self._random, WRITES):
            case "edit":
                return self._edit() or self._create()
            case "delete":
                return self._delete() or self._create()
            case "vote":
                return self._vote() or self._create()
            case "withdraw":
                return self._withdraw() or self._create()
            case _:
                return self._create()

    def settle(self, planned: PlannedWrite, verdict: Verdict, now: float) -> None:
        """Learn the outcome of a write; a review with an unknown outcome is never touched again."""
        write, review = planned.write, planned.review
        if isinstance(write, CastVote | WithdrawVote) and review is None:
            self._settle_vote(write, planned.author, verdict.outcome)
        if review is None or verdict.outcome is Outcome.UNKNOWN:
            return
        acknowledged = verdict.outcome is Outcome.ACKNOWLEDGED
        match write:
            case CreateReview():
                if not acknowledged:
                    return
                review.number = verdict.number or 0
                review.written_at = now
            case EditReview():
                review.revision += acknowledged
            case DeleteReview():
                if acknowledged:
                    return
                review.leaving = False
            case _:
                pass
        self._free.append(review)

    def probe(self, planned: PlannedWrite, verdict: Verdict) -> Read | None:
        """Return a read by the writer that must show the acknowledged write; None if this write is not probed."""
        if self._probing.random() >= self._probe_share:
            return None
        if planned.review is None or verdict.outcome is not Outcome.ACKNOWLEDGED:
            return None
        request = get(f"/api/reviews/{planned.review.number or verdict.number}", planned.author)
        match planned.write:
            case CreateReview(text=text) | EditReview(text=text):
                return Read(request, lambda response: _shows_text(response, text))
            case DeleteReview():
                return Read(request, _is_gone)
            case CastVote():
                return Read(request, lambda response: _shows_votes(response, verdict.helpful_count))
            case WithdrawVote():
                return None

    def _read_review(self, customer: Customer, now: float) -> Read:
        if self._free and self._random.random() < 0.5:
            review = self._random.choice(self._free)
            reader = customer if now - review.written_at > PUBLIC_SECONDS else review.author
            return Read(get(f"/api/reviews/{review.number}", reader), lambda answer: _is_there(answer, review))
        seeded = self._random.choice(self._catalogue.reviews)
        return Read(get(f"/api/reviews/{seeded.number}", customer), _is_ok)

    def _create(self) -> PlannedWrite:
        self._created += 1
        marker = f"{self._run}-{self._created}"
        author = self._random.choice(self._catalogue.customers)
        product = self._random.choice(self._catalogue.products).id
        review = OwnReview(marker, author, product)
        return PlannedWrite(CreateReview(marker, product, author.id, text_of(review, 1)), author, review)

    def _edit(self) -> PlannedWrite | None:
        review = self._take()
        if review is None:
            return None
        text = text_of(review, review.revision + 1)
        return PlannedWrite(EditReview(review.marker, review.number, review.author.id, text), review.author, review)

    def _delete(self) -> PlannedWrite | None:
        review = self._take()
        if review is None:
            return None
        review.leaving = True
        return PlannedWrite(DeleteReview(review.marker, review.number, review.author.id), review.author, review)

    def _vote(self) -> PlannedWrite | None:
        voter = self._random.choice(self._catalogue.customers)
        value = self._random.choice((1, 1, -1))
        if self._random.random() < 0.5:
            seeded = self._random.choice(self._catalogue.reviews)
            if seeded.author == voter.id or (seeded.number, voter.id) in self._voting:
                return None
            self._voting.add((seeded.number, voter.id))
            self._votes.pop((seeded.number, voter.id), None)
            return PlannedWrite(CastVote(seeded.number, voter.id, value), voter, None)
        review = self._take()
        if review is None:
            return None
        if review.author == voter:
            self._free.append(review)
            return None
        return PlannedWrite(CastVote(review.number, voter.id, value), voter, review)

    def _withdraw(self) -> PlannedWrite | None:
        if not self._votes:
            return None
        key, voter = self._votes.popitem()
        self._voting.add(key)
        return PlannedWrite(WithdrawVote(*key), voter, None)

    def _settle_vote(self, write: CastVote | WithdrawVote, voter: Customer, outcome: Outcome) -> None:
        if outcome is Outcome.UNKNOWN:
            return
        self._voting.discard((write.number, voter.id))
        if isinstance(write, CastVote) and outcome is Outcome.ACKNOWLEDGED:
            self._votes[write.number, voter.id] = voter

    def _take(self) -> OwnReview | None:
        if not self._free:
            return None
        position = self._random.randrange(len(self._free))
        self._free[position], self._free[-1] = self._free[-1], self._free[position]
        return self._free.pop()


def text_of(review: OwnReview, revision: int) -> str:
    """Return the text of a revision; it begins with the marker."""
    return f"{review.marker} revision {revision}: sturdy, and the colour is as shown."


def _weighted(draw: Random, weights: dict[str, int]) -> str:
    return draw.choices(list(weights), tuple(weights.values()))[0]


def _is_ok(response: Response) -> str | None:
    return None if response.status == 200 else f"status {response.status}"


def _is_there(response: Response, review: OwnReview) -> str | None:
    return None if response.status == 404 and review.leaving else _is_ok(response)


def _is_gone(response: Response) -> str | None:
    return None if response.status == 404 else f"a deleted review is still there (status {response.status})"


def _shows_text(response: Response, text: str) -> str | None:
    review = review_in(response)
    if review is None:
        return f"status {response.status}"
    return None if review.text == text else "own write not visible"


def _shows_votes(response: Response, helpful_count: int | None) -> str | None:
    review = review_in(response)
    if review is None:
        return f"status {response.status}"
    return None if review.helpful_count == helpful_count else "own vote not visible"
