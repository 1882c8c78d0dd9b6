"""How far a journal was read, and by what it is told from one that was put back to an earlier state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """A position as engines write it: `at` is a snapshot, or a number, up to which everything was read.

    `journal` tells the journal from another one, or from itself in another database, as after a dump was read in.
    `last` is the number of the last record that was read and not forgotten, 0 without one, and `stamp` what tells it
    from another record with that number. All three are None in a position that an earlier release has written.
    """

    at: str
    journal: str | None = None
    last: int | None = None
    stamp: str | None = None

    def __str__(self) -> str:
        """The text that is kept; the reverse of `parsed_position`."""
        if self.last is None:
            return self.at
        return f"{self.at} {self.journal} {self.last} {self.stamp}"


def parsed_position(position: str) -> JournalPosition:
    """What a position says, whichever release has written it."""
    at, *rest = position.split(" ")
    if not rest:
        return JournalPosition(at)
    journal, last, stamp = rest
    return JournalPosition(at, journal, int(last), stamp)


def place_of(position: str | None) -> str | None:
    """Up to where everything was read, without what tells the journal."""
    return None if position is None else parsed_position(position).at
