"""How far a journal was read, and what tells it from a journal that was restored to an earlier state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JournalPart:
    """What was read beyond a position: the records that the snapshot `until` sees, up to a `number`."""

    until: str
    number: int


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """A position as engines write it: `at` is a snapshot, or a number, up to which everything was read.

    `journal` distinguishes the journal from any other, also from its own copy in another database, as after a dump was
    restored. `last` is the number of the last record that was read and not forgotten, 0 without one; `stamp`
    distinguishes that record from another one with the same number. All three are None in a position written by an
    earlier release. With a `part`, more than `at` says was read, and `last` belongs to the part.
    """

    at: str
    journal: str | None = None
    last: int | None = None
    stamp: str | None = None
    part: JournalPart | None = None

    @property
    def newest(self) -> str:
        """The newest state of the journal's database in which rows were read."""
        return self.at if self.part is None else self.part.until

    def __str__(self) -> str:
        """The text that is kept; the reverse of `parsed_position`."""
        if self.last is None:
            return self.at
        part = "" if self.part is None else f" {self.part.until} {self.part.number}"
        return f"{self.at} {self.journal} {self.last} {self.stamp}{part}"


def parsed_position(position: str) -> JournalPosition:
    """What a position says, whichever release has written it."""
    at, *rest = position.split(" ")
    if not rest:
        return JournalPosition(at)
    journal, last, stamp, *part = rest
    read = JournalPart(part[0], int(part[1])) if part else None
    return JournalPosition(at, journal, int(last), stamp, read)


def place_of(position: str | None) -> str | None:
    """The place up to which everything was read, without what identifies the journal."""
    return None if position is None else parsed_position(position).at
