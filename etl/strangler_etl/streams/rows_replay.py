"""Publishes every existing row, and the deletion of rows that consumers know and that no longer exist.

It works in parts, each a transaction in which nobody else publishes, and which records its progress: a killed replay
can be continued. Each part reads the rows as they are then, so what is published between parts or afterwards is as new
or newer. A row that was not published since the replay began no longer exists, since the replay has read every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from strangler.model.authority import Authority, Side
from strangler.model.events import ChangedRow, UnfitEventError
from strangler_etl.engine.journal import RecordRange
from strangler_etl.engine.keys import key_of_table
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.selects import KeyRange, Select, forward_select
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority, require_settled
from strangler_etl.records.publications import (
    OpenReplay,
    Published,
    SidePublished,
    advance_published,
    is_pruned,
    kept_published,
    note_replay,
    note_stop,
    read_replay,
)
from strangler_etl.streams.envelope import Event
from strangler_etl.streams.errors import ReplayError, TurnsError, UnpublishableError
from strangler_etl.streams.images import RowImages, rows_of_table
from strangler_etl.streams.journal_order import require_known_order
from strangler_etl.streams.publication import Publication, was_put_back
from strangler_etl.streams.published_rows import PublishedRows
from strangler_etl.streams.replay_terms import Replayed, ReplayTerms
from strangler_etl.streams.sides import journal_of, snapshot_of
from strangler_etl.streams.transport import Outlet

_AT_ONCE = 500
_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class RowsReplay:
    """Publishes the rows of a service as they are."""

    migration: Migration
    publication: Publication
    outlet: Outlet

    def run(self, terms: ReplayTerms) -> Replayed:
        """Publish all rows, or continue an interrupted replay of the same terms.

        Raises AuthorityError during a move, ReplayError where a move was made, or another replay begun, meanwhile.
        """
        known = self._begin(terms)
        while known.place < len(self._places(known)):
            known = self._part(known)
        self._end(known)
        return Replayed(known.events, known.left_out, known.examples, known.gone, known.id)

    @property
    def _service(self) -> str:
        return self.migration.mapping.service

    @property
    def _rows(self) -> PublishedRows:
        return PublishedRows(self.migration.target, self._service)

    @property
    def _parts(self) -> Sequence[MappedTable]:
        return self.migration.mapping.owned

    def _places(self, known: OpenReplay) -> Sequence[MappedTable | str]:
        """What the replay goes through in turn: the rows of each table, then each table's rows that are gone."""
        tables = {table.target.name: table for table in self._parts}
        read = self._parts if known.side is Side.V1 else tuple(tables.values())
        asked = (table for table in read if known.table in {None, table.target.name})
        return (*asked, *(name for name in tables if known.table in {None, name}))

    def _begin(self, terms: ReplayTerms) -> OpenReplay:
        target = self.migration.target
        authority = read_authority(self.migration.source, self._service)
        require_settled(authority, authority.side, "a replay")
        with target.transaction():
            published = kept_published(target, self._service)
            # Before the rows are read: they do not include what a later gap hides.
            new = self._new(terms, authority, published)
            known = read_replay(target, self._service)
            if known is not None and _ground(known) == _ground(new):
                return known
            note_replay(target, self._service, new)
            return new

    def _part(self, known: OpenReplay) -> OpenReplay:
        """Publish the next rows, and return how far the replay is then."""
        target = self.migration.target
        with target.transaction():
            kept_published(target, self._service)
            known = self._mine(known)
            place = self._places(known)[known.place]
            rows, after = self._gone(known, place) if isinstance(place, str) else self._there(known, place)
            events, left_out = self._events(known, rows)
            self.outlet.publish([event for _, event in events])
            told = [row for row, _ in events]
            # A row that one consumer was told is gone may still exist for others.
            self._rows.note(row for row in told if not (row.gone and known.recipient))
            # A row that does not fit exists all the same.
            self._rows.keep([(row.table, row.key) for row, _ in left_out if not row.gone])
            known = replace(
                known,
                place=known.place if after else known.place + 1,
                after=after,
                events=known.events + len(events),
                gone=known.gone + sum(row.gone for row in told),
                left_out=known.left_out + len(left_out),
                examples=(*known.examples, *(f"{row.event_id}: {why}" for row, why in left_out))[:_EXAMPLES],
            )
            note_replay(target, self._service, known)
        return known

    def _mine(self, known: OpenReplay) -> OpenReplay:
        """How far the replay is; another process may have continued it."""
        found = read_replay(self.migration.target, self._service)
        if found is None or found.id != known.id:
            # It was ended by the process that continued it, or another one was begun.
            raise ReplayError(
                self._service,
                "another replay has ended or replaced this one meanwhile",
                f"look what has become of it: strangler events status {self._service}",
            )
        authority = read_authority(self.migration.source, self._service)
        if authority.epoch != known.epoch:
            raise ReplayError(
                self._service,
                "the authority has moved during the replay",
                f"begin it again when the move is over: strangler events replay {self._service} --rows",
            )
        return found

    def _end(self, known: OpenReplay) -> None:
        target = self.migration.target
        with target.transaction():
            published = kept_published(target, self._service)
            self._mine(known)
            if known.table is None and known.key is None and known.recipient is None:
                for side in Side:
                    lives = published.of(side).lives + (side in known.put_back)
                    new = replace(published.of(side), gaps=known.gaps[side])
                    if known.told:
                        new = SidePublished(known.told[side], gaps=known.gaps[side], epoch=known.epoch, lives=lives)
                    published = published.moved(side, new)
                advance_published(target, self._service, published, published.stored.read_at)
                if known.told:
                    # What the publisher stopped at is not told one by one any more.
                    note_stop(target, self._service, None, published.stored.read_at)
            note_replay(target, self._service, None)

    def _new(self, terms: ReplayTerms, authority: Authority, published: Published) -> OpenReplay:
        """A replay that begins now.

        Where changes are missing, or their order is not known, those up to now are no longer published one by one: an
        old one would come after the rows.
        """
        gaps: dict[Side, int] = {}
        positions: dict[Side, str] = {}
        put_back: list[Side] = []
        lost = False
        for side in Side:
            database, tables = journal_of(self.migration, side)
            lost = lost or is_pruned(database, self._service, published.of(side))
            gaps[side] = len(database.journal.gaps([table.name for table in tables]))
            positions[side] = database.journal.changes(None, ()).position
            if was_put_back(database, published.of(side)):
                put_back.append(side)
        missing = lost or bool(put_back) or any(gaps[side] > known.gaps for side, known in published.sides.items())
        missing = missing or any(self._stands_at_unclear(side, published.of(side), positions[side]) for side in Side)
        if not missing:
            try:
                require_known_order(self.migration, authority, published)
            except TurnsError:
                missing = True
        return OpenReplay(
            terms.id,
            terms.key,
            terms.recipient,
            authority.side,
            authority.epoch,
            self._rows.now(),
            gaps,
            positions if missing else {},
            tuple(put_back),
            table=terms.table,
        )

    def _stands_at_unclear(self, side: Side, known: SidePublished, now: str) -> bool:
        """Whether the next record to be published is one whose rows the journal does not tell, but the tables do."""
        database, tables = journal_of(self.migration, side)
        within = RecordRange(known.since, known.until or now, known.after)
        found = database.journal.records(within, [table.name for table in tables], 1)
        fault = RowImages(self.migration.source, self.migration.target, self.migration.mapping).read(side, found).fault
        return isinstance(fault, UnpublishableError) and fault.by_rows

    def _events(
        self, known: OpenReplay, rows: Sequence[ChangedRow]
    ) -> tuple[Sequence[tuple[ChangedRow, Event]], Sequence[tuple[ChangedRow, str]]]:
        """The rows with their events, and those that do not fit, with the reason."""
        events: list[tuple[ChangedRow, Event]] = []
        left_out: list[tuple[ChangedRow, str]] = []
        for row in rows:
            if known.key not in {None, row.key}:
                continue
            try:
                event = self.publication.event_of(row)
            except UnfitEventError as error:
                left_out.append((row, error.what))
                continue
            if event is not None:
                events.append((row, replace(event, replay=known.id, recipient=known.recipient)))
        return events, left_out

    def _gone(self, known: OpenReplay, table: str) -> tuple[Sequence[ChangedRow], str | None]:
        """The next rows of a table not published since the replay began, and the key to continue behind."""
        found = self._rows.known(table, _AT_ONCE, before=known.begun, after=known.after, key=known.key)
        now = self._now(known.side)
        rows = [row.gone(f"gone-{known.id}-{table}-{row.key}", known.side, now, f"row-{known.id}") for row in found]
        return rows, found[-1].key if len(found) == _AT_ONCE else None

    def _there(self, known: OpenReplay, table: MappedTable) -> tuple[Sequence[ChangedRow], str | None]:
        """The next rows of a table, as the side with the authority has them, and the key to continue behind."""
        database, _ = journal_of(self.migration, known.side)
        target, name = self.migration.target, table.target.name
        select = self._select(known.side, table)
        with snapshot_of(self.migration, known.side):
            text, parameters = select.next_key(database, known.after, _AT_ONCE)
            last = next((str(key) for (key,) in database.rows(text, parameters)), None)
            text, parameters = select.between(database, KeyRange(known.after, last))
            given = database.rows(f"SELECT CAST(to_jsonb(given) AS text) FROM ({text}) AS given", parameters)
            now = self._now(known.side)
        found = rows_of_table(target, table.target, select.columns, table.key, [str(row) for (row,) in given])
        return [
            ChangedRow(
                event_id=f"row-{known.id}-{name}-{key}",
                side=known.side,
                table=name,
                key=key,
                gone=False,
                row=row,
                changed_at=now,
                transaction=f"row-{known.id}",
            )
            for key, row in found
        ], last

    def _now(self, side: Side) -> float:
        database, _ = journal_of(self.migration, side)
        return float(str(database.rows("SELECT extract(epoch FROM clock_timestamp())")[0][0]))

    def _select(self, side: Side, table: MappedTable) -> Select:
        if side is Side.V1:
            return forward_select(self.migration.source, table)
        target, name = self.migration.target, table.target.name
        columns = tuple(table.target.columns)
        return Select(
            table=name,
            columns=columns,
            expressions=tuple(f"{target.quoted(name)}.{target.quoted(column)}" for column in columns),
            joins=(),
            where=None,
            key=key_of_table(target, table.target, table.key),
        )


def _ground(known: OpenReplay) -> object:
    """What a replay depends on: it can be continued as long as this stays the same."""
    return known.table, known.key, known.recipient, known.epoch, known.gaps, known.put_back
