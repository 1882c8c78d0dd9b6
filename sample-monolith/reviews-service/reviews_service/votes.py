"""Votes on reviews. Whoever changes one holds its review, so that the sum is never behind."""

import uuid
from datetime import datetime
from typing import NamedTuple

from reviews_service.database import LOCK, Session
from reviews_service.errors import MissingError, NotAllowedError
from reviews_service.identity import Customer
from reviews_service.reviews import VISIBLE

HOLD = f"SELECT id, author_id, helpful_count FROM review WHERE number = %s AND {VISIBLE}{LOCK}"
FIND = "SELECT value FROM vote WHERE review_id = %s AND voter_id = %s"
INSERT = "INSERT INTO vote (id, review_id, voter_id, value, created_at) VALUES (%s, %s, %s, %s, %s)"
CHANGE = "UPDATE vote SET value = %s WHERE review_id = %s AND voter_id = %s"
WITHDRAW = "DELETE FROM vote WHERE review_id = %s AND voter_id = %s RETURNING value"
COUNT = """
    UPDATE review
       SET helpful_count = (SELECT COALESCE(SUM(value), 0) FROM vote WHERE review_id = review.id)
     WHERE id = %s RETURNING helpful_count
"""


class Cast(NamedTuple):
    """A vote that was counted."""

    is_new: bool
    helpful_count: int


async def cast(
    session: Session, number: int, customer: Customer, value: int, now: datetime
) -> Cast:
    """Vote 1 or -1; voting again changes the old vote. MissingError, NotAllowedError."""
    held = await session.row(HOLD, number)
    if held is None:
        raise MissingError
    review_id, author_id, helpful_count = held
    if author_id == customer.id:
        raise NotAllowedError("nobody votes on their own review")
    before = await session.row(FIND, review_id, customer.id)
    if before is None:
        await session.rows(INSERT, str(uuid.uuid4()), review_id, customer.id, value, now)
    elif before[0] != value:
        await session.rows(CHANGE, value, review_id, customer.id)
    else:
        return Cast(is_new=False, helpful_count=helpful_count)
    return Cast(is_new=before is None, helpful_count=await count(session, review_id))


async def withdraw(session: Session, number: int, customer: Customer) -> None:
    """Take the vote back; nothing happens when there is none. MissingError."""
    held = await session.row(HOLD, number)
    if held is None:
        raise MissingError
    if await session.row(WITHDRAW, held[0], customer.id) is not None:
        await count(session, held[0])


async def count(session: Session, review_id: object) -> int:
    """Write down how helpful the review is."""
    row = await session.row(COUNT, review_id)
    assert row is not None, "the review is held"
    return row[0]
