"""The staff's decisions on reviews, and the queue of those that wait for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from reviews_service.database import Session
from reviews_service.errors import BadInputError, MissingError
from reviews_service.identity import Customer
from reviews_service.reviews import ALIVE, COLUMNS, ORDERS, Page, Review, find, lenient_page

QUEUE_SIZE = 50
OTHERS_SIZE = 10
DECISIONS = ("published", "rejected")

WAITING = f"status = 'pending' AND {ALIVE}"
COUNT_WAITING = f"SELECT COUNT(*) FROM review WHERE {WAITING}"
QUEUE = f"""
    SELECT {COLUMNS}, (SELECT product.name FROM product WHERE product.id = review.product_id)
      FROM review WHERE {WAITING} ORDER BY created_at, number LIMIT %s OFFSET %s
"""
PRODUCT_NAME = "SELECT name FROM product WHERE id = %s"
COUNT_OTHERS = "SELECT COUNT(*) FROM review WHERE author_id = %s AND number <> %s"
OTHERS = f"""
    SELECT {COLUMNS} FROM review WHERE author_id = %s AND number <> %s
     ORDER BY {ORDERS["newest"]} LIMIT %s OFFSET %s
"""
MODERATOR = "(SELECT user_id FROM customer WHERE id = %s)"
"""The monolith writes down users, not customers."""

DECIDE = f"""
    UPDATE review SET status = %s, moderator_id = {MODERATOR}, moderated_at = %s, flag_count = 0,
                      updated_at = %s
     WHERE number = %s AND {ALIVE} RETURNING {COLUMNS}
"""
DECIDE_WAITING = f"""
    UPDATE review SET status = %s, moderator_id = {MODERATOR}, moderated_at = %s
     WHERE number = %s AND {WAITING} RETURNING number
"""


@dataclass(frozen=True)
class Case:
    """A review, what it is about, and what else its author has written."""

    review: Review
    product_name: str
    others: list[Review]


async def waiting(session: Session, number: int) -> tuple[Page, dict[int, str]]:
    """A page of the queue, the oldest first, and the names of the products by review."""
    row = await session.row(COUNT_WAITING)
    count = row[0] if row else 0
    pages = max(1, -(-count // QUEUE_SIZE))
    number = min(pages, number)
    rows = await session.rows(QUEUE, QUEUE_SIZE, (number - 1) * QUEUE_SIZE)
    page = Page(number, pages, count, [Review.of(row) for row in rows])
    return page, {row[1]: row[-1] or f"product {row[2]}" for row in rows}


async def case(session: Session, number: int, others_page: str | None) -> Case:
    """What there is to know about a review, hidden ones of its author included; MissingError."""
    review = await find(session, number)
    name = await session.row(PRODUCT_NAME, review.product_id)
    key = (review.author_id, number)
    row = await session.row(COUNT_OTHERS, *key)
    page = lenient_page(others_page, max(1, -(-(row[0] if row else 0) // OTHERS_SIZE)))
    rows = await session.rows(OTHERS, *key, OTHERS_SIZE, (page - 1) * OTHERS_SIZE)
    title = name[0] if name else f"product {review.product_id}"
    return Case(review, title, [Review.of(row) for row in rows])


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
