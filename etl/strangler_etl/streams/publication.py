"""Publishes what the journals of a service say has changed: one event for each record, at least once.

The position is moved in the transaction that publishes, and its row is locked from that transaction's beginning on. So
one process at a time appends to the service's streams, and a process that is killed publishes again what it may have
published: with a table as the stream not even that. A position is a snapshot of the journal's database; what is
committed later than it is seen later, whatever numbers its records have.

The side without the authority comes first: what it has written was written before the other one was allowed to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import ConfigurationError, StranglerError
from strangler.model.events import ChangedRow, Renderer, UnfitEventError
from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import RecordRange
from strangler_etl.errors import EventGapError, JournalError, TurnsError
from strangler_etl.migration import Migration, require_installed
from strangler_etl.records.authority import read_authority
from strangler_etl.records.journaled_changes import require_journaled
from strangler_etl.records.publications import (
    Published,
    SidePublished,
    advance_published,
    note_stop,
    publication_stop,
    read_published,
)
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.images import ReadRecord, ReadRecords, RowImages
from strangler_etl.streams.sides import journal_of
from strangler_etl.streams.transport import Outlet
from strangler_etl.streams.turns import require_one_turn

_RECORDS_AT_ONCE = 500
_IDLE_SECONDS = 1.0
"""Without changes the position is written this often only: it keeps the journal's queries short."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round has published of how many records; there may be `more` at once. `waiting` says for what it waits.

    `read_at` is the time in seconds since 1970 before which everything is published, where there is no more.
    """

    events: int = 0
    records: int = 0
    more: bool = False
    waiting: str | None = None
    read_at: float = 0.0


class Publication:
    """Publishes the changes of one service; `skipped` are ids of events that are left out for good."""

    def __init__(
        self, migration: Migration, renderer: Renderer, outlet: Outlet, *, skipped: Sequence[str] = ()
    ) -> None:
        require_publishable(migration)
        self._migration = migration
        self._service = migration.mapping.service
        self._renderer = renderer
        self._outlet = outlet
        self._skipped = frozenset(skipped)
        self._images = RowImages(migration.source, migration.target, migration.mapping)

    def round(self) -> Round:
        """Publish what has changed, in part where that is much.

        Raises UnfitEventError or UnpublishableError at what can not be published, when all before it is; JournalError
        and EventGapError where changes may be missing, TurnsError where their order is not known, StalePositionError
        when another process publishes, too.
        """
        source = self._migration.source
        authority = read_authority(source, self._service)
        if authority.step is not MoveStep.SETTLED:
            return Round(waiting=f"the end of the move that is under way: strangler status {self._service}")
        require_one_turn(self._migration, authority, read_published(self._migration.target, self._service))
        events = records = 0
        read_at = 0.0
        for side in (authority.side.other, authority.side):
            published = read_published(self._migration.target, self._service)
            done = self._publish(side, published, authority)
            events, records = events + done.events, records + done.records
            if done.more:
                return Round(events, records, more=True)
            read_at = done.read_at
        return Round(events, records, read_at=read_at)

    def _publish(self, side: Side, published: Published, authority: Authority) -> Round:
        database, tables = journal_of(self._migration, side)
        known = published.of(side)
        with database.snapshot():
            require_journaled(database, self._service, tables, copied=True, published=True)
            names = [table.name for table in tables]
            now = database.journal.changes(known.since, ())
            gaps = _known_gaps(database, self._service, side, names, published)
            within = RecordRange(known.since, known.until or now.position, known.after)
            records = database.journal.records(within, names, _RECORDS_AT_ONCE)
            read = self._images.read(side, records, self._skipped)
        if read_authority(self._migration.source, self._service) != authority:
            return Round(more=True)
        events, done, fault = self._rendered(read)
        partly = fault is not None or len(records) == _RECORDS_AT_ONCE
        if partly:
            after = done[-1].number if done else known.after
            new = SidePublished(known.since, within.until, after, gaps, known.epoch)
        else:
            new = SidePublished(within.until, gaps=gaps, epoch=authority.epoch)
        idle = not done and side in published.sides and now.read_at < published.stored.read_at + _IDLE_SECONDS
        if not idle or known.until is not None or fault is not None:
            target = self._migration.target
            with target.transaction():
                advance_published(target, self._service, published.moved(side, new), now.read_at)
                note_stop(target, self._service, None if fault is None else str(fault), now.read_at)
                self._outlet.publish(events)
        if fault is not None:
            raise fault
        return Round(len(events), len(records), more=partly or known.until is not None, read_at=now.read_at)

    def _rendered(self, read: ReadRecords) -> tuple[Sequence[Event], Sequence[ReadRecord], StranglerError | None]:
        """The events, of which records they are, and what keeps further ones from being published."""
        events: list[Event] = []
        done: list[ReadRecord] = []
        for record in read.read:
            try:
                events += [event for row in record.rows if (event := self.event_of(row)) is not None]
            except UnfitEventError as error:
                return events, done, error
            done.append(record)
        return events, done, read.fault

    def event_of(self, changed: ChangedRow) -> Event | None:
        """The event of a changed row; None where the document publishes none of its table."""
        rendered = self._renderer(changed)
        if rendered is None:
            return None
        return Event(
            id=changed.event_id,
            stream=rendered.stream,
            type=rendered.type,
            source=source_of(self._service),
            subject=changed.key,
            time=changed.changed_at,
            data=rendered.data,
            correlation=changed.transaction,
        )


def _known_gaps(database: Database, service: str, side: Side, tables: Sequence[str], published: Published) -> int:
    """How many gaps a journal has; EventGapError where there is one since it was published."""
    gaps = database.journal.gaps(tables)
    if side in published.sides and len(gaps) > published.of(side).gaps:
        raise EventGapError(service, database.address, gaps[0])
    return len(gaps)


def source_of(service: str) -> str:
    """What the events of a service name as their source."""
    return f"/services/{service}"


@dataclass(frozen=True, slots=True)
class PublicationState:
    """How many changes are to be published.

    `lag_seconds` is how old the first change is that is to be published, 0 without one, None where nothing ever was
    published.
    `looked_seconds` is how long ago the publisher has looked for changes last: one that runs does each second.
    `stopped` says what keeps it from going on.
    """

    waiting: int
    lag_seconds: float | None
    looked_seconds: float | None
    stopped: str | None


def publication_state(migration: Migration) -> PublicationState:
    """How far the changes of a service are published."""
    published = read_published(migration.target, migration.mapping.service)
    service = migration.mapping.service
    waiting, now, stopped = 0, 0.0, publication_stop(migration.target, service)
    oldest: list[float] = []
    for side in Side:
        database, tables = journal_of(migration, side)
        known = published.of(side)
        with database.snapshot():
            current = database.journal.changes(known.since, ())
            within = RecordRange(known.since, current.position, known.after)
            names = [table.name for table in tables]
            waiting += database.journal.count(within, names)
            oldest += [current.read_at - one.written_at for one in database.journal.records(within, names, 1)]
            try:
                require_journaled(database, service, tables, copied=True, published=True)
                _known_gaps(database, service, side, names, published)
            except (JournalError, EventGapError) as error:
                stopped = stopped or str(error)
        now = max(now, current.read_at)
    try:
        require_one_turn(migration, read_authority(migration.source, service), published)
    except TurnsError as error:
        stopped = stopped or str(error)
    if published.stored.position is None:
        return PublicationState(waiting, None, None, stopped)
    looked = max(0.0, now - published.stored.read_at)
    # Not how long ago the publisher looked: one that stands before a change looks again and again.
    return PublicationState(waiting, max(0.0, *oldest) if oldest else 0.0, looked, stopped)


def require_publishable(migration: Migration) -> None:
    """Raise JournalError without journals, ConfigurationError where they, or the mapping, do not tell every change."""
    for database in (migration.source, migration.target):
        if not database.journal.images:
            raise ConfigurationError(
                "events are published from journals that hold whole rows, as PostgreSQL's do", where=database.address
            )
    require_installed(migration)
    for table in migration.mapping.owned:
        if table.joins:
            joined = ", ".join(join.table.name for join in table.joins)
            raise ConfigurationError(
                f"rows of {table.target.name} are made of {joined}, too, whose changes would be told by no event",
                where=f"[etl.{table.service}.tables.{table.name}]",
                remedy="publish without joins: let the service look up what it joins",
            )
