"""The staff's decisions on reviews, and the queue of those that wait for one."""

from collections.abc import Sequence
from datetime import datetime

from reviews_service.database import Session
from reviews_service.errors import BadInputError, MissingError
from reviews_service.identity import Customer
from reviews_service.reviews import ALIVE, COLUMNS, Review

DECISIONS = ("published", "rejected")

MODERATOR = "(SELECT user_id FROM customer WHERE id = %s)"
"""The monolith writes down users, not customers."""

DECIDE = f"""
    UPDATE review SET status = %s, moderator_id = {MODERATOR}, moderated_at = %s, flag_count = 0,
                      updated_at = %s
     WHERE number = %s AND {ALIVE} RETURNING {COLUMNS}
"""
DECIDE_WAITING = f"""
    UPDATE review SET status = %s, moderator_id = {MODERATOR}, moderated_at = %s
     WHERE number = %s AND status = 'pending' AND {ALIVE} RETURNING number
"""


async def decide(
    session: Session, number: int, moderator: Customer, decision: str, now: datetime
) -> Review:
    """Publish or reject a review. BadInputError, MissingError."""
    if decision not in DECISIONS:
        raise BadInputError({"decision": "published or rejected is required"})
    row = await session.row(DECIDE, decision, moderator.id, now, now, number)
    if row is None:
        raise MissingError
    return Review.of(row)


async def decide_waiting(
    session: Session, numbers: Sequence[int], moderator: Customer, decision: str, now: datetime
) -> int:
    """Publish or reject those of ``numbers`` that wait; how many that were. ``updated`` stays."""
    decided = 0
    for number in sorted(set(numbers)):
        row = await session.row(DECIDE_WAITING, decision, moderator.id, now, number)
        decided += row is not None
    return decided
