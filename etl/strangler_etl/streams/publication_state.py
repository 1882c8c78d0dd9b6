"""How far the changes of a service are published, and what has stopped the publisher, if anything."""

from __future__ import annotations

from dataclasses import dataclass

from strangler.model.authority import Side
from strangler_etl.engine.journal import RecordRange
from strangler_etl.errors import JournalError
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority
from strangler_etl.records.journaled_changes import require_journaled
from strangler_etl.records.publications import publication_stop, read_published, read_replay
from strangler_etl.streams.errors import EventGapError, TurnsError
from strangler_etl.streams.journal_order import require_known_order
from strangler_etl.streams.publication import require_no_gap
from strangler_etl.streams.sides import journal_of


@dataclass(frozen=True, slots=True)
class PublicationState:
    """How many changes are still to be published.

    `lag_seconds` is the age of the oldest of them, 0 without one, None where nothing was ever published.
    `looked_seconds` is how long ago the publisher last looked for changes; a running one does so every second.
    `stopped` says what has stopped it. `replay` is a replay of all rows that has begun and not ended.
    """

    waiting: int
    lag_seconds: float | None
    looked_seconds: float | None
    stopped: str | None
    replay: str | None = None


def publication_state(migration: Migration) -> PublicationState:
    """How far the changes of a service are published."""
    published = read_published(migration.target, migration.mapping.service)
    service = migration.mapping.service
    waiting, now, stopped = 0, 0.0, publication_stop(migration.target, service)
    begun = read_replay(migration.target, service)
    replay = None if begun is None else begun.id
    oldest: list[float] = []
    for side in Side:
        database, tables = journal_of(migration, side)
        known = published.of(side)
        with database.snapshot():
            current = database.journal.changes(None, ())
            within = RecordRange(known.since, current.position, known.after)
            names = [table.name for table in tables]
            waiting += database.journal.count(within, names)
            oldest += [current.read_at - one.written_at for one in database.journal.records(within, names, 1)]
            try:
                require_journaled(database, service, tables, copied=True, published=True)
                require_no_gap(database, service, side, names, published)
            except (JournalError, EventGapError) as error:
                stopped = stopped or str(error)
        now = max(now, current.read_at)
    try:
        require_known_order(migration, read_authority(migration.source, service), published)
    except TurnsError as error:
        stopped = stopped or str(error)
    if published.stored.position is None:
        return PublicationState(waiting, None, None, stopped, replay)
    looked = max(0.0, now - published.stored.read_at)
    # Not the time since the publisher looked: one that is stopped at a change keeps looking.
    return PublicationState(waiting, max(0.0, *oldest) if oldest else 0.0, looked, stopped, replay)
