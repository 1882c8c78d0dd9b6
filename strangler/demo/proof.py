"""Compares what was acknowledged with what the database of the authority holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg

from strangler.demo.expectation import Expectation, ReviewHistory, VoteHistory, VoteKey
from strangler.demo.load.ledger import Outcome
from strangler.model.authority import Side
from strangler.model.errors import UnavailableError

EXAMPLES = 10

REVIEWS: Mapping[Side, str] = {
    Side.V1: "SELECT id, text, deleted_at IS NOT NULL FROM reviews_review WHERE text LIKE {marker}",
    Side.V2: "SELECT number, body, deleted_at IS NOT NULL FROM review WHERE body LIKE {marker}",
}
VOTES: Mapping[Side, str] = {
    Side.V1: "SELECT review_id, customer_id, value FROM reviews_vote",
    Side.V2: "SELECT review.number, vote.voter_id, vote.value FROM vote JOIN review ON review.id = vote.review_id",
}
TWICE: Mapping[Side, str] = {
    Side.V1: "SELECT id FROM reviews_review GROUP BY id HAVING count(*) > 1",
    Side.V2: "SELECT number FROM review GROUP BY number HAVING count(*) > 1",
}


@dataclass(frozen=True, slots=True)
class StoredReview:
    """A review as it lies in the database."""

    number: int
    text: str
    deleted: bool

    @property
    def marker(self) -> str:
        """What its text begins with."""
        return self.text.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Stored:
    """What a database holds: the reviews of the load, every vote, and numbers that two reviews share."""

    reviews: Sequence[StoredReview]
    votes: Sequence[tuple[int, int, int]]
    shared_numbers: Sequence[int]


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of the acknowledged writes: ``acknowledged == found + lost``.

    A write counts as found when its row shows it, or a later acknowledged write to the same row. `doubled` counts rows
    too many, `unexpected` rows with writes that were refused or never made. `examples` names the first of each.
    """

    side: Side
    acknowledged: int
    unknown: int
    found: int
    lost: int
    doubled: int
    unexpected: int
    rows: int
    examples: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is lost, doubled or unexpected."""
        return self.lost == self.doubled == self.unexpected == 0


def prove(expectation: Expectation, stored: Stored, side: Side) -> Proof:
    """Compare an expectation with what is stored on `side`."""
    findings = _Findings()
    by_marker: dict[str, list[StoredReview]] = {}
    for review in stored.reviews:
        by_marker.setdefault(review.marker, []).append(review)
    for marker, history in expectation.reviews.items():
        _compare_review(findings, history, by_marker.pop(marker, []))
    for marker in by_marker:
        findings.unexpected(f"review {marker} was never written")
    _compare_votes(findings, expectation.votes, stored.votes)
    for number in stored.shared_numbers:
        findings.doubled(1, f"number {number} belongs to several reviews")
    return Proof(
        side=side,
        acknowledged=expectation.acknowledged,
        unknown=expectation.unknown,
        found=expectation.acknowledged - findings.lost_count,
        lost=findings.lost_count,
        doubled=findings.doubled_count,
        unexpected=findings.unexpected_count,
        rows=len(expectation.reviews) + len(expectation.votes),
        examples=tuple(findings.examples[:EXAMPLES]),
    )


def stored_in(url: str, side: Side, run: str) -> Stored:
    """Read what the database at `url` holds of the load called `run`; ``postgresql://`` or ``sqlite:///PATH``."""
    if "%" in run or "_" in run:
        raise ValueError("the name of a run must not hold wildcards of LIKE")
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(f"file:{unquote(urlsplit(url).path)[1:]}?mode=ro", uri=True)) as connection:
            return _read(connection, side, "?", run)
    try:
        with psycopg.connect(url) as connection:
            return _read(connection, side, "%s", run)
    except psycopg.OperationalError as error:
        raise UnavailableError(f"the database can not be read: {error}") from error


class _Findings:
    def __init__(self) -> None:
        self.lost_count = self.doubled_count = self.unexpected_count = 0
        self.examples: list[str] = []

    def lost(self, writes: int, what: str) -> None:
        if writes:
            self.lost_count += writes
            self.examples.append(f"lost: {what}")

    def doubled(self, rows: int, what: str) -> None:
        if rows:
            self.doubled_count += rows
            self.examples.append(f"doubled: {what}")

    def unexpected(self, what: str) -> None:
        self.unexpected_count += 1
        self.examples.append(f"unexpected: {what}")


def _compare_review(findings: _Findings, history: ReviewHistory, rows: Sequence[StoredReview]) -> None:
    name = f"review {history.marker}"
    if not rows:
        findings.lost(history.acknowledged, f"{name} is not there")
        return
    findings.doubled(len(rows) - 1, f"{name} is there {len(rows)} times")
    row = next((row for row in rows if row.number == history.number), rows[0])
    if history.created is Outcome.REFUSED:
        findings.unexpected(f"{name} was refused and is there")
        return
    if history.number is not None and row.number != history.number:
        findings.lost(history.acknowledged, f"{name} has the number {row.number} and not {history.number}")
        return
    texts_lost = history.texts_lost(row.text)
    if texts_lost is None:
        findings.unexpected(f"{name} has a text nobody gave it")
    else:
        findings.lost(texts_lost, f"{name} has an old text: {row.text}")
    if row.deleted not in history.deleted:
        if row.deleted:
            findings.unexpected(f"{name} is deleted")
        else:
            findings.lost(history.deletions.count(Outcome.ACKNOWLEDGED), f"{name} is not deleted")


def _compare_votes(
    findings: _Findings, histories: Mapping[VoteKey, VoteHistory], rows: Iterable[tuple[int, int, int]]
) -> None:
    values: dict[VoteKey, list[int]] = {}
    for number, customer, value in rows:
        values.setdefault((number, customer), []).append(value)
    for (number, customer), history in histories.items():
        found = values.get((number, customer), [])
        name = f"the vote of customer {customer} on review {number}"
        findings.doubled(len(found) - 1 if found else 0, f"{name} is there {len(found)} times")
        allowed = history.allowed
        if allowed is not None and (found[0] if found else None) not in allowed:
            findings.lost(1, f"{name} is {found[0] if found else 'not there'}")


def _read(
    connection: sqlite3.Connection | psycopg.Connection[tuple[object, ...]], side: Side, placeholder: str, run: str
) -> Stored:
    def rows(statement: str, parameters: tuple[str, ...] = ()) -> list[tuple[object, ...]]:
        if isinstance(connection, sqlite3.Connection):
            return connection.execute(statement, parameters).fetchall()
        return connection.execute(statement.encode(), parameters or None).fetchall()

    reviews = rows(REVIEWS[side].format(marker=placeholder), (f"{run}-%",))
    return Stored(
        [StoredReview(_number(number), str(text), bool(deleted)) for number, text, deleted in reviews],
        [(_number(number), _number(customer), _number(value)) for number, customer, value in rows(VOTES[side])],
        [_number(number) for (number,) in rows(TWICE[side])],
    )


def _number(value: object) -> int:
    if isinstance(value, int):
        return value
    raise TypeError(f"a whole number is expected, not {value!r}")
