"""What the authoritative database must hold at the end, derived from a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from strangler.demo.load.ledger import (
    CastVote,
    CreateReview,
    DeleteReview,
    EditReview,
    Entry,
    Outcome,
    WithdrawVote,
    Write,
)

VoteKey = tuple[int, int]
"""The number of the review and the id of the customer."""


@dataclass(slots=True)
class ReviewHistory:
    """The writes to one review of the load, in order; `created` says whether its creation was acknowledged."""

    marker: str
    created: Outcome = Outcome.UNKNOWN
    number: int | None = None
    texts: list[tuple[str, Outcome]] = field(default_factory=list[tuple[str, Outcome]])
    deletions: list[Outcome] = field(default_factory=list[Outcome])

    @property
    def acknowledged(self) -> int:
        """The number of acknowledged writes to it, including its creation."""
        outcomes = [outcome for _, outcome in self.texts] + self.deletions
        return outcomes.count(Outcome.ACKNOWLEDGED)

    @property
    def deleted(self) -> frozenset[bool]:
        """The allowed values of its `deleted` flag: one, or both if the outcome is unknown."""
        if Outcome.ACKNOWLEDGED in self.deletions:
            return frozenset({True})
        return frozenset({False, Outcome.UNKNOWN in self.deletions})

    def texts_lost(self, found: str) -> int | None:
        """Count the acknowledged texts later than `found`; None if `found` should never have been stored."""
        for position in range(len(self.texts) - 1, -1, -1):
            text, outcome = self.texts[position]
            if text == found and outcome is not Outcome.REFUSED:
                return [later for _, later in self.texts[position + 1 :]].count(Outcome.ACKNOWLEDGED)
        return None


@dataclass(slots=True)
class VoteHistory:
    """The votes of one customer on one review; None in `values` is a withdrawn vote."""

    values: list[tuple[int | None, Outcome]] = field(default_factory=list[tuple[int | None, Outcome]])

    @property
    def acknowledged(self) -> int:
        """The number of acknowledged votes."""
        return [outcome for _, outcome in self.values].count(Outcome.ACKNOWLEDGED)

    @property
    def allowed(self) -> frozenset[int | None] | None:
        """The votes that may be stored, where None is no vote; None as a whole if the outcome cannot be known."""
        allowed: set[int | None] = set()
        for value, outcome in reversed(self.values):
            if outcome is not Outcome.REFUSED:
                allowed.add(value)
            if outcome is Outcome.ACKNOWLEDGED:
                return frozenset(allowed)
        return None


@dataclass(frozen=True, slots=True)
class Expectation:
    """Everything that a ledger implies about the final state."""

    reviews: Mapping[str, ReviewHistory]
    votes: Mapping[VoteKey, VoteHistory]
    acknowledged: int
    unknown: int


def expectation_of(entries: Iterable[Entry]) -> Expectation:
    """Fold a ledger into histories: every write belongs to the history of its row."""
    reviews: dict[str, ReviewHistory] = {}
    votes: dict[VoteKey, VoteHistory] = {}
    outcomes: list[Outcome] = []
    for entry in entries:
        outcomes.append(entry.outcome)
        if isinstance(entry.write, CastVote | WithdrawVote):
            _note_vote(votes, entry.write, entry.outcome)
        else:
            history = reviews.setdefault(entry.write.marker, ReviewHistory(entry.write.marker))
            _note(history, entry)
    return Expectation(reviews, votes, outcomes.count(Outcome.ACKNOWLEDGED), outcomes.count(Outcome.UNKNOWN))


def _note(history: ReviewHistory, entry: Entry) -> None:
    match entry.write:
        case CreateReview(text=text):
            history.created = entry.outcome
            history.number = entry.number
            history.texts.append((text, entry.outcome))
        case EditReview(text=text):
            history.texts.append((text, entry.outcome))
        case DeleteReview():
            history.deletions.append(entry.outcome)
        case _:
            pass


def _note_vote(votes: dict[VoteKey, VoteHistory], write: Write, outcome: Outcome) -> None:
    match write:
        case CastVote():
            votes.setdefault((write.number, write.customer), VoteHistory()).values.append((write.value, outcome))
        case WithdrawVote():
            votes.setdefault((write.number, write.customer), VoteHistory()).values.append((None, outcome))
        case _:
            pass
