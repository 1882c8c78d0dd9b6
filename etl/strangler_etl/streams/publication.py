"""Publishes the changes in a service's journals: one event for each record, at least once.

The position moves in the transaction that publishes, and its row is locked from the beginning of that transaction. So
one process at a time appends to the service's streams, and after a crash, events that may have been published already
are published again; with a table as the stream, not even that happens. A position is a snapshot of the journal's
database; what is committed later is seen later, whatever numbers its records have.

The side without the authority comes first: it wrote before the other side was allowed to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import ConfigurationError, StranglerError
from strangler.model.events import ChangedRow, Renderer, UnfitEventError
from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import JournalRecord, RecordRange
from strangler_etl.errors import PutBackError, StalePositionError
from strangler_etl.migration import Migration, require_installed
from strangler_etl.records.authority import read_authority
from strangler_etl.records.journaled_changes import require_journaled
from strangler_etl.records.publications import (
    Published,
    SidePublished,
    advance_published,
    is_pruned,
    kept_published,
    note_stop,
    publication_stream,
    read_left_out,
    read_published,
)
from strangler_etl.streams.envelope import Event, source_of
from strangler_etl.streams.errors import EventGapError
from strangler_etl.streams.images import ReadRecord, ReadRecords, RowImages, record_id
from strangler_etl.streams.journal_order import require_known_order
from strangler_etl.streams.published_rows import PublishedRows
from strangler_etl.streams.sides import journal_of
from strangler_etl.streams.transport import Outlet

_RECORDS_AT_ONCE = 500
_IDLE_SECONDS = 1.0
"""Without changes the position is written only this often: a recent one keeps the journal's queries short."""


@dataclass(frozen=True, slots=True)
class Round:
    """How many records one round read, and what it published; with `more`, the next round can follow at once.

    `waiting` says what it waits for. Where there is no `more`, everything before `read_at`, in seconds since 1970, is
    published.
    """

    events: int = 0
    records: int = 0
    more: bool = False
    waiting: str | None = None
    read_at: float = 0.0


class Publication:
    """Publishes the changes of one service, except events recorded as left out."""

    def __init__(self, migration: Migration, renderer: Renderer, outlet: Outlet) -> None:
        require_publishable(migration)
        self._migration = migration
        self._service = migration.mapping.service
        self._renderer = renderer
        self._outlet = outlet
        self._skipped = frozenset(read_left_out(migration.target, self._service))
        self._images = RowImages(migration.source, migration.target, migration.mapping)
        self._rows = PublishedRows(migration.target, self._service)

    def round(self) -> Round:
        """Publish what has changed, in parts where that is much.

        Raises UnfitEventError or UnpublishableError at a change that cannot be published, after all before it are;
        JournalError and EventGapError where changes may be missing, TurnsError where their order is not known,
        StalePositionError when another process publishes, too.
        """
        source = self._migration.source
        authority = read_authority(source, self._service)
        if authority.step is not MoveStep.SETTLED:
            return Round(waiting=f"the end of the move that is under way: strangler status {self._service}")
        require_known_order(self._migration, authority, read_published(self._migration.target, self._service))
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
            gaps = require_no_gap(database, self._service, side, names, published)
            now = database.journal.changes(known.since, ())
            within = RecordRange(known.since, known.until or now.position, known.after)
            records = of_life(database.journal.records(within, names, _RECORDS_AT_ONCE), known)
            read = self._images.read(side, records, self._skipped)
        if read_authority(self._migration.source, self._service) != authority:
            return Round(more=True)
        told, done, fault = self._rendered(read)
        if not done and fault is None and read.read and read.read[0].emptied:
            begun = replace(known, until=within.until, gaps=gaps)
            return self._emptied(side, published.moved(side, begun), records[0], read.read[0].emptied, now.read_at)
        partly = fault is not None or len(done) < len(records) or len(records) == _RECORDS_AT_ONCE
        if partly:
            after = done[-1].number if done else known.after
            new = replace(known, until=within.until, after=after, gaps=gaps)
        else:
            new = SidePublished(within.until, gaps=gaps, epoch=authority.epoch, lives=known.lives)
        idle = not done and side in published.sides and now.read_at < published.stored.read_at + _IDLE_SECONDS
        if not idle or known.until is not None or fault is not None:
            target = self._migration.target
            with target.transaction():
                advance_published(target, self._service, published.moved(side, new), now.read_at)
                note_stop(target, self._service, None if fault is None else str(fault), now.read_at)
                self._rows.note(row for row, _ in told)
                self._outlet.publish([event for _, event in told])
        if fault is not None:
            raise fault
        return Round(len(told), len(done), more=partly or known.until is not None, read_at=now.read_at)

    def _rendered(
        self, read: ReadRecords
    ) -> tuple[Sequence[tuple[ChangedRow, Event]], Sequence[ReadRecord], StranglerError | None]:
        """Rows with their events, the records they come from, and what keeps further ones from being published.

        Stops at a record that empties tables: which rows those have is known once everything before it is published.
        """
        told: list[tuple[ChangedRow, Event]] = []
        done: list[ReadRecord] = []
        for record in read.read:
            if record.emptied:
                return told, done, None
            try:
                told += [(row, event) for row in record.rows if (event := self._told_of(row, told)) is not None]
            except UnfitEventError as error:
                return told, done, error
            done.append(record)
        return told, done, read.fault

    def _told_of(self, changed: ChangedRow, told: Sequence[tuple[ChangedRow, Event]]) -> Event | None:
        """The event of a changed row; for a deleted row that does not fit, in the form that consumers know.

        None if consumers do not know the row. Rows that were `told` in this round are not noted yet.
        """
        try:
            return self.event_of(changed)
        except UnfitEventError:
            if not changed.gone:
                raise
            named = (row for row, _ in reversed(told) if (row.table, row.key) == (changed.table, changed.key))
            before = next(named, None)
            last = (
                self._rows.last(changed.table, changed.key) if before is None else None if before.gone else before.row
            )
            return None if last is None else self.event_of(replace(changed, row=last))

    def _emptied(
        self, side: Side, published: Published, record: JournalRecord, tables: Sequence[str], read_at: float
    ) -> Round:
        """Publish the deletion of the rows that consumers know of in the tables that a record has emptied.

        Large tables take several rounds; the record is done when no row is left.
        """
        target, told, fault = self._migration.target, list[tuple[ChangedRow, Event | None]](), None
        with target.transaction():
            if kept_published(target, self._service).stored != published.stored:
                raise StalePositionError(publication_stream(self._service))
            rows = [row for table in tables for row in self._rows.known(table, _RECORDS_AT_ONCE)][:_RECORDS_AT_ONCE]
            for row in rows:
                gone = row.gone(
                    f"{record_id(side, record)}.{row.table}.{row.key}",
                    side,
                    record.written_at,
                    f"{side}-{record.transaction}",
                )
                try:
                    told.append((gone, None if gone.event_id in self._skipped else self.event_of(gone)))
                except UnfitEventError as error:
                    fault = error
                    break
            if fault is None and len(rows) < _RECORDS_AT_ONCE:
                published = published.moved(side, replace(published.of(side), after=record.number))
            advance_published(target, self._service, published, read_at)
            note_stop(target, self._service, None if fault is None else str(fault), read_at)
            self._rows.note(gone for gone, _ in told)
            events = [event for _, event in told if event is not None]
            self._outlet.publish(events)
        if fault is not None:
            raise fault
        return Round(len(events), 1, more=True, read_at=read_at)

    def event_of(self, changed: ChangedRow) -> Event | None:
        """The event of a changed row; None where the document publishes nothing of its table."""
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
            correlation=changed.correlation or changed.transaction,
            causation=changed.causation,
        )


def require_no_gap(database: Database, service: str, side: Side, tables: Sequence[str], published: Published) -> int:
    """Return how many gaps a journal has; raise EventGapError where there is a new one since it was published."""
    known = published.of(side)
    gaps = database.journal.gaps(tables)
    if side in published.sides and len(gaps) > known.gaps:
        raise EventGapError(service, database.address, gaps[0])
    if is_pruned(database, service, known):
        raise EventGapError(service, database.address, "it was pruned, and what had been published then is not known")
    if was_put_back(database, known):
        raise EventGapError(service, database.address, "its database was put back, as from a backup")
    return len(gaps)


def was_put_back(database: Database, known: SidePublished) -> bool:
    """Whether the database of a side was restored to a state before this point of publication."""
    try:
        database.journal.changes(known.until or known.since, ())
    except PutBackError:
        return True
    return False


def of_life(records: Sequence[JournalRecord], known: SidePublished) -> Sequence[JournalRecord]:
    """The records, distinguished from those with the same numbers before the journal's database was restored."""
    if not known.lives:
        return records
    return [replace(one, transaction=f"{one.transaction}.{known.lives}") for one in records]


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
