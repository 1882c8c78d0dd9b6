"""Publishes again: what the journals hold, or every existing row (`strangler_etl.streams.rows_replay`).

The journals hold old states of rows, so the replay is one transaction, in which nobody else publishes. So everything
published afterwards is newer than the replay; with a table as the stream, a killed replay leaves no trace. With another
transport it has to be run again then, because consumers may have been left at an old state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TypeVar

from strangler.model.authority import Side
from strangler.model.events import ChangedRow, UnfitEventError
from strangler_etl.engine.journal import RecordRange
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority, require_settled
from strangler_etl.records.journaled_changes import require_journaled
from strangler_etl.records.publications import Published, SidePublished, kept_published, read_left_out
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.errors import ReplayError
from strangler_etl.streams.images import RowImages
from strangler_etl.streams.publication import Publication, of_life
from strangler_etl.streams.replay_terms import Replayed, ReplayTerms
from strangler_etl.streams.rows_replay import RowsReplay
from strangler_etl.streams.sides import journal_of, snapshot_of
from strangler_etl.streams.transport import Outlet

_AT_ONCE = 500
_EXAMPLES = 10
T = TypeVar("T")


class Replay:
    """Publishes again what a publication has published."""

    def __init__(self, migration: Migration, publication: Publication, outlet: Outlet) -> None:
        self._migration = migration
        self._service = migration.mapping.service
        self._publication = publication
        self._outlet = outlet
        self._left_out: list[str] = []
        self._skipped = frozenset(read_left_out(migration.target, self._service))
        self._images = RowImages(migration.source, migration.target, migration.mapping)

    def run(self, terms: ReplayTerms) -> Replayed:
        """Publish again what meets the terms and fits the document.

        Raises AuthorityError during a move, JournalError where changes are not journaled now, ReplayError where the
        order of the events is not known.
        """
        migration, target = self._migration, self._migration.target
        authority = read_authority(migration.source, self._service)
        require_settled(authority, authority.side, "a replay")
        for side in Side:
            # A change that is not journaled would reach consumers by no event, however soon after the replay.
            database, tables = journal_of(migration, side)
            require_journaled(database, self._service, tables, copied=True, published=True)
        if terms.rows:
            return RowsReplay(migration, self._publication, self._outlet).run(terms)
        while self._publication.round().more:
            pass
        events = 0
        with target.transaction():
            published = kept_published(target, self._service)
            for part in _parts(self._events(self._records(published, authority.side, terms), terms)):
                self._outlet.publish(part)
                events += len(part)
        return Replayed(events, len(self._left_out), tuple(self._left_out[:_EXAMPLES]), 0, terms.id)

    def _events(self, changed: Iterator[ChangedRow], terms: ReplayTerms) -> Iterator[Event]:
        for row in changed:
            if not terms.takes(row.table, row.key) or not terms.holds(row.changed_at):
                continue
            try:
                event = self._publication.event_of(row)
            except UnfitEventError as error:
                self._left_out.append(f"{row.event_id}: {error.what}")
                continue
            if event is not None:
                yield replace(event, replay=terms.id, recipient=terms.recipient)

    def _records(self, published: Published, side: Side, terms: ReplayTerms) -> Iterator[ChangedRow]:
        """What was published of both journals, as far as they still hold it."""
        if any(one.until is not None for one in published.sides.values()):
            raise ReplayError(
                self._service,
                "the publisher stands before an event that cannot be published",
                f"see to it first: strangler events publish {self._service} --once",
            )
        last = 0.0
        chosen = None if terms.until is None else self._changed_before(published, terms.until, terms)
        for one in (side.other, side):
            for row in self._of_side(one, published.of(one), terms):
                if not (terms.takes(row.table, row.key) and terms.holds(row.changed_at)):
                    continue
                if chosen is not None and (row.table, row.key) not in chosen:
                    continue
                if one is side and row.changed_at < last:
                    raise ReplayError(
                        self._service,
                        "v1 and v2 have written by turns in that time, and no journal knows in which order",
                        f"publish the rows as they are: strangler events replay {self._service} --rows;"
                        " or begin later, with --from",
                    )
                last = max(last, row.changed_at) if one is not side else last
                yield row

    def _changed_before(self, published: Published, until: float, terms: ReplayTerms) -> AbstractSet[tuple[str, str]]:
        """The rows, by table and key, that have changes before a time among the requested ones."""
        rows = (row for side in Side for row in self._of_side(side, published.of(side), terms))
        chosen = {(row.table, row.key) for row in rows if terms.holds(row.changed_at) and row.changed_at < until}
        self._left_out.clear()
        return chosen

    def _of_side(self, side: Side, known: SidePublished, terms: ReplayTerms) -> Iterator[ChangedRow]:
        until = known.since
        if until is None:
            return
        database, tables = journal_of(self._migration, side)
        # Changes of other tables, such as TRUNCATE, do not keep the rows of one table from being replayed.
        sources = {part.source.name for part in self._migration.mapping.owned if part.target.name == terms.table}
        asked = sources if side is Side.V1 else {terms.table}
        names = [table.name for table in tables if terms.table is None or table.name in asked]
        after = 0
        while True:
            with snapshot_of(self._migration, side):
                records = of_life(database.journal.records(RecordRange(None, until, after), names, _AT_ONCE), known)
                read = self._images.read(side, records, self._skipped)
            # Whether its deletions were published, or left out.
            emptied = next((one for one in records if one.operation == "T" and terms.holds(one.written_at)), None)
            if emptied is not None:
                raise self._emptied(emptied.table)
            for record in read.read:
                yield from record.rows
            if read.fault is not None:
                fault = records[len(read.read)]
                # It was left out when it was published, or could be told then; what is behind it can be all the same.
                self._left_out.append(str(read.fault.where))
                after = fault.number
            elif len(records) < _AT_ONCE:
                return
            else:
                after = records[-1].number

    def _emptied(self, table: str) -> ReplayError:
        return ReplayError(
            self._service,
            f"all rows of {table} were deleted by TRUNCATE in that time: those that came before would be back for good",
            f"publish the rows as they are, and which are gone: strangler events replay {self._service} --rows;"
            " or begin later, with --from",
        )


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    part: list[T] = []
    for item in items:
        part.append(item)
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part
