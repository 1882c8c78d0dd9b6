"""Compares the acknowledged writes with what the authoritative database holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from strangler.demo.expectation import Expectation, ReviewHistory, VoteHistory, VoteKey
from strangler.demo.load.ledger import Outcome
from strangler.demo.stored import Stored, StoredReview
from strangler.model.authority import Side

EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of the acknowledged writes: ``acknowledged == found + lost``.

    A write counts as found if its row shows it or a later acknowledged write to the same row. `doubled` counts surplus
    rows, `unexpected` rows with writes that were refused or never made. `examples` names the first of each.
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
