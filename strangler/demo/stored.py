"""The contents of the sample's databases, on either side: PostgreSQL and SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg

from strangler.model.authority import Side
from strangler.model.errors import UnavailableError

Rows = Sequence[tuple[object, ...]]
Ask = Callable[[str, Sequence[str]], Rows]
"""Runs a statement whose placeholders are written ``{}``."""

_REVIEWS: Mapping[Side, str] = {
    Side.V1: "SELECT id, text, deleted_at IS NOT NULL FROM reviews_review WHERE text LIKE {}",
    Side.V2: "SELECT number, body, deleted_at IS NOT NULL FROM review WHERE body LIKE {}",
}
_VOTES: Mapping[Side, str] = {
    Side.V1: "SELECT review_id, customer_id, value FROM reviews_vote",
    Side.V2: "SELECT review.number, vote.voter_id, vote.value FROM vote JOIN review ON review.id = vote.review_id",
}
_TWICE: Mapping[Side, str] = {
    Side.V1: "SELECT id FROM reviews_review GROUP BY id HAVING count(*) > 1",
    Side.V2: "SELECT number FROM review GROUP BY number HAVING count(*) > 1",
}


@dataclass(frozen=True, slots=True)
class StoredReview:
    """A review as stored in the database."""

    number: int
    text: str
    deleted: bool

    @property
    def marker(self) -> str:
        """The marker that its text begins with."""
        return self.text.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Stored:
    """The relevant contents of a database: the load's reviews, all votes, and numbers that two reviews share."""

    reviews: Sequence[StoredReview]
    votes: Sequence[tuple[int, int, int]]
    shared_numbers: Sequence[int]


def stored_in(url: str, side: Side, run: str) -> Stored:
    """Read what the database at `url` (``postgresql://`` or ``sqlite:///PATH``) holds of the load called `run`."""
    if "%" in run or "_" in run:
        raise ValueError("the name of a run must not hold wildcards of LIKE")
    with _asking(url) as ask:
        reviews, votes, twice = ask(_REVIEWS[side], [f"{run}-%"]), ask(_VOTES[side], []), ask(_TWICE[side], [])
    return Stored(
        [StoredReview(_number(number), str(text), bool(deleted)) for number, text, deleted in reviews],
        [(_number(number), _number(customer), _number(value)) for number, customer, value in votes],
        [_number(number) for (number,) in twice],
    )


def authority_in(url: str, service: str) -> Side:
    """Return the authoritative side according to the source database at `url`; V1 before anything is installed."""
    table = "strangler_authority" if url.startswith("sqlite:") else "strangler.authority"
    try:
        with _asking(url) as ask:
            rows = ask(f"SELECT side FROM {table} WHERE service = {{}}", [service])  # noqa: S608 - a constant
    except (psycopg.errors.UndefinedTable, sqlite3.OperationalError):
        return Side.V1
    return Side(str(rows[0][0])) if rows else Side.V1


@contextmanager
def _asking(url: str) -> Generator[Ask]:
    if url.startswith("sqlite:"):
        path = unquote(urlsplit(url).path)[1:]
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            yield lambda statement, parameters: connection.execute(statement.format("?"), parameters).fetchall()
        return
    try:
        with psycopg.connect(url) as connection:
            yield lambda statement, parameters: connection.execute(
                statement.format("%s").encode(), parameters or None
            ).fetchall()
    except psycopg.OperationalError as error:
        raise UnavailableError(f"the database cannot be read: {error}") from error


def _number(value: object) -> int:
    if isinstance(value, int):
        return value
    raise TypeError(f"a whole number is expected, not {value!r}")
