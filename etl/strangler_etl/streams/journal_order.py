"""Whether the order of the two sides' journals is known: each journal holds only its own side's records."""

from __future__ import annotations

from strangler.model.authority import Authority, Side
from strangler_etl.engine.journal import RecordRange
from strangler_etl.migration import Migration
from strangler_etl.records.publications import Published
from strangler_etl.streams.errors import TurnsError
from strangler_etl.streams.sides import journal_of

_AT_ONCE = 500
_EPOCHS_OF_TWO_MOVES = 4
"""A move takes one epoch to hold and one to hand over the authority: below this there was at most one move."""


def require_known_order(migration: Migration, authority: Authority, published: Published) -> None:
    """Raise TurnsError where both sides have written in turns since events were last published.

    After one move, the side that lost the authority wrote before the other. After two it may have written in between;
    then only the times of the records tell, which come from two clocks, so they are asked only in that case.
    """
    if authority.epoch < published.epoch + _EPOCHS_OF_TWO_MOVES:
        return
    first = _times(migration, authority.side, published, most=1)
    if first and max(_times(migration, authority.side.other, published), default=first[0]) > first[0]:
        raise TurnsError(authority.service)


def _times(migration: Migration, side: Side, published: Published, most: int | None = None) -> list[float]:
    """The times, in seconds since 1970, of a side's unpublished records, at most `most` of them."""
    database, tables = journal_of(migration, side)
    known, names, times = published.of(side), [table.name for table in tables], list[float]()
    after = known.after
    # A position is a snapshot by itself, even amid a transaction that publishes.
    position = database.journal.changes(None, ()).position
    while True:
        part = database.journal.records(RecordRange(known.since, position, after), names, most or _AT_ONCE)
        times += [one.written_at for one in part]
        if most is not None or len(part) < _AT_ONCE:
            return times
        after = part[-1].number
