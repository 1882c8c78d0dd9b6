"""What the reviews service answers the monolith: its half of the port, filled in by hand with the rules it has."""
# ruff: noqa: D102 - the port says what they are for

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reviews_service import moderation, reviews, votes
from reviews_service.database import Session
from reviews_service.errors import BadInputError, MissingError, NotAllowedError
from reviews_service.identity import Customer
from reviews_service.moments import moment, optional_moment
from reviews_service.port.operations import BadInput, NotAllowed, Review, ReviewsOperations, Vote
from reviews_service.requests import Call
from reviews_service.submission import clean_review
from starlette.requests import Request

ROW = """
    SELECT number, product_id, author_id, author_name, author_email, ip_address, stars, title, body, status,
           verified_purchase, helpful_count, flag_count, moderator_id, moderated_at, created_at, updated_at, deleted_at
      FROM review WHERE number = %s
"""
VOTE = """
    SELECT vote.number, review.number, voter_id, value, vote.created_at
      FROM vote JOIN review ON review.id = vote.review_id
     WHERE review.number = %s AND voter_id = %s
"""


async def row(session: Session, number: int) -> Review | None:
    """A review as the monolith has it."""
    found = await session.row(ROW, number)
    if found is None:
        return None
    (pk, product, author, name, email, address, stars, title, body, status, verified, helpful, flags, *rest) = found
    moderator, moderated, created, updated, deleted = rest
    return {
        "id": pk,
        "product_id": product,
        "customer_id": author,
        "author_name": name,
        "author_email": email,
        "ip_address": None if address is None else str(address),
        "rating": stars,
        "title": title,
        "text": body,
        "status": status,
        "verified_purchase": bool(verified),
        "helpful_count": helpful,
        "flag_count": flags,
        "moderated_by_id": moderator,
        "moderated_at": optional_moment(moderated),
        "created": moment(created),
        "updated": moment(updated),
        "deleted_at": optional_moment(deleted),
    }


async def row_that_is_there(session: Session, number: int) -> Review:
    """The same of one that must be there: MissingError."""
    found = await row(session, number)
    if found is None:
        raise MissingError
    return found


async def vote_of(session: Session, review: int, customer: int) -> Vote | None:
    """A customer's vote on a review as the monolith has it."""
    found = await session.row(VOTE, review, customer)
    if found is None:
        return None
    number, reviewed, voter, value, created = found
    return {"id": number, "review_id": reviewed, "customer_id": voter, "value": value, "created": moment(created)}


@contextmanager
def told() -> Iterator[None]:
    """Refusals of the service as the exceptions the monolith knows."""
    try:
        yield
    except NotAllowedError as error:
        raise NotAllowed(str(error)) from error
    except BadInputError as error:
        raise BadInput(error.errors) from error


class Answers(ReviewsOperations):
    """Answers one request, for whom the signed identity says."""

    def __init__(self, request: Request) -> None:
        self._call = Call(request)
        self._database = self._call.database

    def _caller(self, customer: int) -> Customer:
        """The customer in whose name the monolith asks, if it is who is asking there."""
        caller = self._call.somebody()
        if caller.id != customer:
            raise NotAllowed("in the name of somebody else")
        return caller

    async def alive_review(self, pk: int) -> Review | None:
        found = await self.review_as_it_is(pk)
        return None if found is None or found["deleted_at"] is not None else found

    async def product_page(self, product_id: int, sort: str, page: int, size: int) -> list[Review]:
        _, found = await self._database.read(reviews.page, product_id, sort, page, size)
        return [await self._database.read(row_that_is_there, review.number) for review in found.reviews]

    async def submit_review(
        self, product: int, customer: int, data: dict[str, object], ip_address: str | None
    ) -> Review:
        with told():
            author = reviews.Author(self._caller(customer), ip_address)
            fields = clean_review(data)
            made = await self._database.write(reviews.submit, product, author, fields, self._call.now)
        return await self._database.read(row_that_is_there, made.number)

    async def edit_review(self, review: int, customer: int, data: dict[str, object], partial: bool) -> Review:
        with told():
            caller = self._caller(customer)
            if not (await self._database.read(reviews.find, review)).can_be_changed_by(caller):
                raise NotAllowed("only the author may edit a review")
            fields = clean_review(data, partial=partial)
            await self._database.write(reviews.edit, review, caller, fields, self._call.now)
        return await self._database.read(row_that_is_there, review)

    async def remove_review(self, review: int, customer: int, hard: bool) -> None:
        with told():
            await self._database.write(reviews.remove, review, self._caller(customer), self._call.now, hard=hard)

    async def cast_vote(self, review: int, customer: int, value: int) -> tuple[Vote, bool]:
        caller = self._caller(customer)
        if value not in {1, -1}:
            raise BadInput({"value": "1 or -1 is required"})
        with told():
            cast = await self._database.write(votes.cast, review, caller, value, self._call.now)
        vote = await self._database.read(vote_of, review, customer)
        assert vote is not None, "it was cast"
        return vote, cast.is_new

    async def withdraw_vote(self, review: int, customer: int) -> bool:
        caller = self._caller(customer)
        there = await self._database.read(vote_of, review, customer)
        await self._database.write(votes.withdraw, review, caller)
        return there is not None

    async def flag_review(self, review: int) -> None:
        await self._database.write(reviews.flag, review, self._call.now)

    async def moderate(self, review: int, moderator: int, decision: str, reason: str) -> Review:
        with told():
            caller = self._call.somebody()
            if not caller.is_staff:
                raise NotAllowedError("staff only")
            await self._database.write(moderation.decide, review, caller, decision, self._call.now)
        return await self._database.read(row_that_is_there, review)

    async def review_as_it_is(self, key: int) -> Review | None:
        return await self._database.read(row, key)
