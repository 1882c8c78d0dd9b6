"""A journal of writes and their outcomes: a JSON line before each write is sent, and another after its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO

import msgspec

from strangler.model.errors import InputError


class CreateReview(msgspec.Struct, frozen=True, tag="create"):
    """A new review; `marker` occurs in its text and in no other review's."""

    marker: str
    product: int
    customer: int
    text: str


class EditReview(msgspec.Struct, frozen=True, tag="edit"):
    """A new text for one of the author's own reviews."""

    marker: str
    number: int
    customer: int
    text: str


class DeleteReview(msgspec.Struct, frozen=True, tag="delete"):
    """Hides one of the author's own reviews; its row stays."""

    marker: str
    number: int
    customer: int


class CastVote(msgspec.Struct, frozen=True, tag="vote"):
    """A vote, 1 or -1, on somebody else's review; it replaces an earlier vote of the same customer."""

    number: int
    customer: int
    value: int


class WithdrawVote(msgspec.Struct, frozen=True, tag="withdraw"):
    """Withdraws a vote."""

    number: int
    customer: int


Write = CreateReview | EditReview | DeleteReview | CastVote | WithdrawVote


class Outcome(StrEnum):
    """What the client knows of a write."""

    ACKNOWLEDGED = "acknowledged"
    """It was answered with success: it must be found."""
    REFUSED = "refused"
    """It was answered with 4xx, or never sent: it must not be found."""
    UNKNOWN = "unknown"
    """No answer, or 5xx: it may or may not be found."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One write and its outcome; `number` is the key assigned to a new review."""

    write: Write
    outcome: Outcome
    number: int | None = None


class Intent(msgspec.Struct, frozen=True, tag="intent"):
    """The line written before a write is sent."""

    id: int
    at: float
    write: Write


class Result(msgspec.Struct, frozen=True, tag="result", omit_defaults=True):
    """The line written after its answer."""

    id: int
    at: float
    outcome: Outcome
    number: int | None = None


_line_decoder = msgspec.json.Decoder(Intent | Result)


class LedgerWriter:
    """Appends to a ledger; `file` is line-buffered, so no acknowledged write is missing from it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._writes = 0

    def intend(self, write: Write, at: float) -> int:
        """Record that `write` is about to be sent, and return its id."""
        self._writes += 1
        self._append(Intent(self._writes, at, write))
        return self._writes

    def settle(self, write_id: int, at: float, outcome: Outcome, number: int | None = None) -> None:
        """Record the outcome of a write."""
        self._append(Result(write_id, at, outcome, number))

    def _append(self, line: Intent | Result) -> None:
        self._file.write(msgspec.json.encode(line).decode() + "\n")


def read_ledger(path: Path) -> Sequence[Entry]:
    """Return the writes in the order they were sent; one without a result is UNKNOWN."""
    intents: dict[int, Intent] = {}
    results: dict[int, Result] = {}
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                event = _line_decoder.decode(line)
            except msgspec.DecodeError as error:
                raise InputError(f"no line of a ledger: {error}", where=f"{path}:{number}") from error
            if isinstance(event, Intent):
                intents[event.id] = event
            else:
                results[event.id] = event
    return [_entry(intent, results.get(write_id)) for write_id, intent in intents.items()]


def _entry(intent: Intent, result: Result | None) -> Entry:
    if result is None:
        return Entry(intent.write, Outcome.UNKNOWN)
    return Entry(intent.write, result.outcome, result.number)
