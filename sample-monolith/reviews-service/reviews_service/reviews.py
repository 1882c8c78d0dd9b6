"""Reviews: finding, writing, editing and removing them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from reviews_service import products
from reviews_service.database import LOCK, Row, Session
from reviews_service.errors import MissingError, NotAllowedError
from reviews_service.identity import Customer
from reviews_service.moments import moment
from reviews_service.submission import looks_like_spam

FLAGS_UNTIL_HIDDEN = 3

COLUMNS = (
    "id, number, product_id, author_id, author_name, author_email, ip_address, stars, title, body,"
    " status, verified_purchase, helpful_count, flag_count, created_at, updated_at, deleted_at"
)
ALIVE = "deleted_at IS NULL"
VISIBLE = f"status = 'published' AND {ALIVE}"
ORDERS = {
    "newest": "created_at DESC, number DESC",
    "helpful": "helpful_count DESC, created_at DESC, number DESC",
    "best": "stars DESC, created_at DESC, number DESC",
    "worst": "stars, created_at DESC, number DESC",
}

BY_NUMBER = f"SELECT {COLUMNS} FROM review WHERE number = %s AND {ALIVE}"
HISTOGRAM = f"SELECT stars, COUNT(*) FROM review WHERE product_id = %s AND {VISIBLE} GROUP BY stars"
PAGES = {
    sort: f"SELECT {COLUMNS} FROM review WHERE product_id = %s AND {VISIBLE}"
    f" ORDER BY {order} LIMIT %s OFFSET %s"
    for sort, order in ORDERS.items()
}
COUNT_BY_AUTHOR = f"SELECT COUNT(*) FROM review WHERE author_id = %s AND {ALIVE}"
BY_AUTHOR = (
    f"SELECT {COLUMNS} FROM review WHERE author_id = %s AND {ALIVE}"
    f" ORDER BY {ORDERS['newest']} LIMIT %s OFFSET %s"
)
MINE = f"""
    SELECT number FROM review WHERE product_id = %s AND author_id = %s AND {ALIVE}
     ORDER BY {ORDERS["newest"]} LIMIT 1
"""
INSERT = f"""
    INSERT INTO review (id, product_id, author_id, author_name, author_email, ip_address, stars,
                        title, body, status, verified_purchase, created_at, updated_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING {COLUMNS}
"""
EDIT = f"""
    UPDATE review SET stars = %s, title = %s, body = %s, status = %s, updated_at = %s
     WHERE number = %s RETURNING {COLUMNS}
"""
HIDE = f"UPDATE review SET deleted_at = %s, updated_at = %s WHERE number = %s AND {ALIVE}"
REMOVE = "DELETE FROM review WHERE number = %s"
FLAG = f"""
    UPDATE review
       SET flag_count = flag_count + 1,
           status = CASE WHEN flag_count + 1 >= {FLAGS_UNTIL_HIDDEN} THEN 'pending' ELSE status END,
           updated_at = CASE WHEN flag_count + 1 >= {FLAGS_UNTIL_HIDDEN} THEN %s ELSE updated_at END
     WHERE number = %s AND {VISIBLE}
 RETURNING status
"""


class Review(NamedTuple):
    """A row of ``review``."""

    id: object
    number: int
    product_id: int
    author_id: int
    author_name: str
    author_email: str
    ip_address: str | None
    stars: int
    title: str
    body: str
    status: str
    verified_purchase: bool
    helpful_count: int
    flag_count: int
    created_at: datetime
    updated_at: datetime
    is_deleted: bool

    @classmethod
    def of(cls, row: Row) -> Self:
        """A row of COLUMNS, from either engine."""
        review = cls._make(row[: len(cls._fields)])
        return review._replace(
            ip_address=None if review.ip_address is None else str(review.ip_address),
            verified_purchase=bool(review.verified_purchase),
            created_at=moment(review.created_at),
            updated_at=moment(review.updated_at),
            is_deleted=row[len(cls._fields) - 1] is not None,
        )

    @property
    def is_visible(self) -> bool:
        return self.status == "published" and not self.is_deleted

    def can_be_changed_by(self, customer: Customer | None) -> bool:
        return customer is not None and (customer.is_staff or customer.id == self.author_id)


@dataclass(frozen=True)
class Summary:
    """The visible reviews of a product: how many with how many stars."""

    histogram: dict[int, int]

    @property
    def count(self) -> int:
        return sum(self.histogram.values())

    @property
    def average(self) -> float:
        total = sum(stars * number for stars, number in self.histogram.items())
        return round(total / self.count, 2) if total else 0.0


@dataclass(frozen=True)
class Page:
    """Some of the rows that a list has."""

    number: int
    pages: int
    count: int
    reviews: list[Review]


@dataclass(frozen=True)
class Author:
    """Who writes, and from where."""

    customer: Customer
    ip_address: str | None


# --- finding ----------------------------------------------------------------------------------


async def summary(session: Session, product_id: int) -> Summary:
    numbers = dict(await session.rows(HISTOGRAM, product_id))
    return Summary({stars: numbers.get(stars, 0) for stars in range(5, 0, -1)})


async def page(
    session: Session, product_id: int, sort: str, number: int, size: int
) -> tuple[Summary, Page]:
    """A page of a product's visible reviews, the last one when there are fewer."""
    whole = await summary(session, product_id)
    pages = max(1, -(-whole.count // size))
    number = min(pages, number)
    rows: list[Row] = []
    if whole.count:
        sql = PAGES.get(sort, PAGES["newest"])
        rows = await session.rows(sql, product_id, size, (number - 1) * size)
    return whole, Page(number, pages, whole.count, [Review.of(row) for row in rows])


async def find(session: Session, number: int) -> Review:
    """The review, hidden or not, unless it was deleted."""
    row = await session.row(BY_NUMBER, number)
    if row is None:
        raise MissingError
    return Review.of(row)


async def find_at(session: Session, slug: str, number: int) -> Review:
    """The review, if it is one of the product ``slug``, on sale or not."""
    review = await find(session, number)
    if await session.row(products.HAS_SLUG, review.product_id, slug) is None:
        raise MissingError
    return review


async def find_visible(session: Session, number: int) -> Review:
    review = await find(session, number)
    if not review.is_visible:
        raise MissingError
    return review


async def by_author(session: Session, author_id: int, page_text: str | None, size: int) -> Page:
    """The author's own reviews, newest first; nonsense is the first page, too much the last."""
    row = await session.row(COUNT_BY_AUTHOR, author_id)
    count = row[0] if row else 0
    pages = max(1, -(-count // size))
    number = lenient_page(page_text, pages)
    rows = await session.rows(BY_AUTHOR, author_id, size, (number - 1) * size)
    return Page(number, pages, count, [Review.of(row) for row in rows])


def lenient_page(text: str | None, pages: int) -> int:
    """As ``Paginator.get_page`` of Django: no number is the first page, a wrong one the last."""
    try:
        number = int(text or "1")
    except ValueError:
        return 1
    return number if 1 <= number <= pages else pages


async def mine(session: Session, product_id: int, author_id: int) -> int | None:
    """The number of the review that the customer has written about the product."""
    row = await session.row(MINE, product_id, author_id)
    return row[0] if row else None


# --- writing, each in a transaction of its own --------------------------------------------------


async def submit(
    session: Session, product_id: int, author: Author, fields: dict[str, Any], now: datetime
) -> Review:
    """Store a new review; ``fields`` are clean. MissingError when the product is not on sale."""
    customer = author.customer
    verified = await products.bought_by(session, product_id, customer.id)
    spam = looks_like_spam(f"{fields['title']} {fields['text']}")
    row = await session.row(
        INSERT,
        str(uuid.uuid4()),
        product_id,
        customer.id,
        customer.name,
        customer.email,
        author.ip_address,
        fields["rating"],
        fields["title"],
        fields["text"],
        "pending" if spam and not customer.is_staff else "published",
        verified,
        now,
        now,
    )
    assert row is not None, "INSERT ... RETURNING has a row"
    return Review.of(row)


async def edit(
    session: Session, number: int, customer: Customer, fields: dict[str, Any], now: datetime
) -> Review:
    """Change the clean ``fields``; what turns into spam waits for moderation again."""
    row = await session.row(BY_NUMBER + LOCK, number)
    if row is None:
        raise MissingError
    review = Review.of(row)
    if not review.can_be_changed_by(customer):
        raise NotAllowedError("only the author may edit a review")
    title, text = fields.get("title", review.title), fields.get("text", review.body)
    spam = looks_like_spam(f"{title} {text}") and not customer.is_staff
    status = "pending" if spam else review.status
    stars = fields.get("rating", review.stars)
    row = await session.row(EDIT, stars, title, text, status, now, number)
    assert row is not None, "the row is locked"
    return Review.of(row)


async def remove(
    session: Session, number: int, customer: Customer, now: datetime, *, hard: bool
) -> None:
    """Authors hide their review; staff may also remove the row, its votes going with it."""
    review = await find(session, number)
    if not review.can_be_changed_by(customer):
        raise NotAllowedError("only the author may delete a review")
    if hard and not customer.is_staff:
        raise NotAllowedError("only staff may remove a review for good")
    if hard:
        await session.rows(REMOVE, number)
    else:
        await session.rows(HIDE, now, now, number)


async def flag(session: Session, number: int, now: datetime) -> str:
    """Count a complaint; enough of them put the review back into the queue. The status after it."""
    row = await session.row(FLAG, now, number)
    if row is None:
        raise MissingError
    return str(row[0])
