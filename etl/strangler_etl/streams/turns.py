"""Whether it is known in which order the journals of both sides go on: each holds its own records only."""

from __future__ import annotations

from strangler.model.authority import Authority, Side
from strangler_etl.engine.journal import RecordRange
from strangler_etl.migration import Migration
from strangler_etl.records.publications import Published
from strangler_etl.streams.errors import TurnsError
from strangler_etl.streams.sides import journal_of

_AT_ONCE = 500
_EPOCHS_OF_TWO_MOVES = 4
"""A move takes one to hold, and one to give the authority away: after fewer there was one move at most."""


def require_one_turn(migration: Migration, authority: Authority, published: Published) -> None:
    """Raise TurnsError where both sides have written by turns since events were published last.

    After one move the side that lost the authority has written before the other one. After two it may have written
    between; then the times of the records tell, which are of two clocks: they are asked only then.
    """
    if authority.epoch < published.epoch + _EPOCHS_OF_TWO_MOVES:
        return
    first = _times(migration, authority.side, published, most=1)
    if first and max(_times(migration, authority.side.other, published), default=first[0]) > first[0]:
        raise TurnsError(authority.service)


def _times(migration: Migration, side: Side, published: Published, most: int | None = None) -> list[float]:
    """When the records of a side were written that are to be published, in seconds since 1970; so many `most`."""
    database, tables = journal_of(migration, side)
    known, names, times = published.of(side), [table.name for table in tables], list[float]()
    after = known.after
    # A position is a snapshot by itself, also amid a transaction that publishes.
    position = database.journal.changes(None, ()).position
    while True:
        part = database.journal.records(RecordRange(known.since, position, after), names, most or _AT_ONCE)
        times += [one.written_at for one in part]
        if most is not None or len(part) < _AT_ONCE:
            return times
        after = part[-1].number
