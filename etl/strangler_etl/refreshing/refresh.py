"""Brings a finished copy up to date by comparing it: only rows that differ are sent and written.

Both databases hash the rows of a range of keys through the mapping, as for `etl verify`; where the sums are equal,
nothing is read. Before a range is compared, the changes in the journal are applied, as a wave of the copy does, so the
compared rows belong to one moment of the source, and the follower continues where the last range began. Without a
journal, each range belongs to the moment it was read at.

Tables are compared parents first. Rows that are gone from a table that others refer to are deleted afterwards, children
first. What the target refuses is tried again when everything else is mended, finally all of it together. What is still
refused does not fit, and is set aside.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from strangler.model.progress import Progress, SilentProgress
from strangler_etl.copying.backfill import require_ready
from strangler_etl.copying.duplicates import restore_keys
from strangler_etl.engine.database import StreamPosition
from strangler_etl.engine.journal import Changes
from strangler_etl.errors import PutBackError, RowRefusedError, StalePositionError
from strangler_etl.following.follower import ForwardBatch
from strangler_etl.following.set_aside import with_orphans
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import KeyRange
from strangler_etl.mapping.table_size import estimated_size
from strangler_etl.migration import Migration
from strangler_etl.records.authority import require_fenced
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.records.chunks import copied_ranges, read_chunks
from strangler_etl.records.journaled_changes import applicable_changes, comparable_changes
from strangler_etl.records.refreshes import (
    RefreshPoint,
    begin_refresh,
    forget_refresh,
    note_refresh,
    read_refresh,
)
from strangler_etl.records.streams import advance_position, backward_stream, forward_stream, read_position
from strangler_etl.records.verification import forget_verification, ground_of
from strangler_etl.refreshing.mending import Left, Mender
from strangler_etl.refreshing.ranges import next_range, ordered_alike, uncomputable
from strangler_etl.refreshing.refreshed_table import RefreshedTable
from strangler_etl.run.numbers import advance_numbers
from strangler_etl.run.rate import RateUnit
from strangler_etl.run.rejects import count_rejects, rejected_keys
from strangler_etl.run.settings import RunSettings
from strangler_etl.run.throttle import Throttle, read_rate
from strangler_etl.verification.comparison import (
    Difference,
    DifferenceKind,
    compare_suspects,
    forward_comparison,
)
from strangler_etl.verification.suspects import SuspectSearch

ResultT = TypeVar("ResultT")
_AT_ONCE = 1_000
"""How many rows are mended in one transaction."""
_BUCKET_ROWS = 32
_MOST_BITS = 18
_TRIES = 5
"""Users may write again what could not be applied."""


@dataclass(frozen=True, slots=True)
class _Differing:
    """The differences in a range of keys, and the rows that cannot be computed: source key -> reason."""

    differences: tuple[Difference, ...]
    rows: int
    uncomputable: dict[str, str]


class _BegunAnewError(Exception):
    """The target is too far behind for the journal: what was compared no longer counts."""


def refresh(
    migration: Migration, progress: Progress, settings: RunSettings | None = None
) -> tuple[RefreshedTable, ...]:
    """Bring every finished table to what the source says; continues an interrupted refresh where a journal allows it.

    Raises what `strangler_etl.copying.backfill.backfill` does, and BackfillError where a row cannot be deleted that is
    gone from the source.
    """
    settings = settings or RunSettings()
    migration.source.install()
    migration.target.install()
    target, service = migration.target, migration.mapping.service
    with target.run_lock.held(service):
        require_ready(migration)
        known = read_checkpoints(target, service)
        finished = {name for name, checkpoint in known.items() if checkpoint.finished}
        migration.fence_other_side([one.target.name for one in migration.mapping.owned if one.name not in finished])
        restore_keys(migration, settings.most_rejects)
        tables = [table for table in migration.mapping.tables if table.name in finished]
        throttle = settings.throttle(lambda: read_rate(target, service))
        return _Refresh(migration, tables, progress, settings, throttle).done()


class _Refresh:
    """One refresh of a service's copied tables."""

    def __init__(
        self,
        migration: Migration,
        tables: Sequence[MappedTable],
        progress: Progress,
        settings: RunSettings,
        throttle: Throttle,
    ) -> None:
        self._migration = migration
        self._source = migration.source
        self._target = migration.target
        self._service = migration.mapping.service
        self._tables = tables
        self._progress = progress
        self._settings = settings
        self._throttle = throttle
        self._done = {table.name: RefreshedTable(table.source.name, table.target.name) for table in tables}
        self._ground = ground_of(migration.source, migration.target, migration.mapping).digest
        referred = {one.parent for one in migration.target.references([table.target.name for table in tables])}
        parents = {name for table in tables for name in table.parents}
        self._parents = {one.name for one in tables if one.target.name in referred or one.source.name in parents}
        self._left: dict[str, list[KeyRange]] = {}
        self._at_once: dict[str, int] = {}

    def done(self) -> tuple[RefreshedTable, ...]:
        """Run the refresh."""
        tries = _TRIES
        while True:
            try:
                self._once()
                break
            except _BegunAnewError as error:
                tries -= 1
                if not tries and error.__cause__ is not None:
                    raise error.__cause__ from None
        self._skip_way_back()
        with self._target.transaction():
            forget_refresh(self._target, self._service)
        done = tuple(self._done.values())
        if any(table.written or table.followed for table in done):
            failed = advance_numbers(self._target, self._tables)
            done = tuple(replace(table, not_numbered=failed.get(table.target)) for table in done)
            self._target.analyze([table.target for table in done if table.written or table.followed])
        return done

    def _once(self) -> None:
        self._left = {table.name: [] for table in self._tables}
        known: Mapping[str, RefreshPoint] = read_refresh(self._target, self._service)
        # Without a journal, nothing tells what has changed in rows that were compared earlier.
        kept = self._source.journal.lacking is None and {point.ground for point in known.values()} == {self._ground}
        if not kept:
            known = {}
            with self._target.transaction():
                begin_refresh(self._target, self._service, self._done, self._ground)
        for table in self._tables:
            self._table(table, known.get(table.name))
        order, idle = list(reversed(self._tables)), 0
        while any(self._left.values()) and idle < 2:
            idle = 0 if self._again(order) else idle + 1
            order.reverse()
        if any(self._left.values()):
            self._together()

    def _table(self, table: MappedTable, known: RefreshPoint | None) -> None:
        """Compare and mend one table, range by range."""
        if known is not None and known.finished:
            return
        clock, name = self._settings.clock, table.name
        begun = clock()
        rows, size = estimated_size(self._source, table)
        in_ranges = ordered_alike(self._target, table)
        after, pace = known.last_key if known is not None and in_ranges else None, self._settings.pace
        self._progress.start(f"refresh {name}", rows)
        while True:
            self._throttle.wait()
            rate = self._throttle.rate
            allowed = rate.rows(size / max(1, rows)) if rate else None
            self._progress.limit(allowed)
            pace = replace(pace.within(allowed, 1), chunks=1, most_chunks=1)
            started = clock()
            self._at_once[name] = pace.rows if in_ranges else rows
            keys, compared = self._range(table, after, pace.rows if in_ranges else None)
            pace = pace.after(clock() - started)
            self._throttle.count(compared, RateUnit.ROWS)
            self._throttle.count(round(compared * size / max(1, rows)), RateUnit.BYTES)
            after = keys.up_to
            if after is None:
                break
        self._progress.finish()
        self._done[name].seconds += clock() - begun

    def _range(self, table: MappedTable, after: str | None, rows: int | None) -> tuple[KeyRange, int]:
        """Compare the next rows, all of them where `rows` is None; what cannot be mended yet is left."""

        def first(position: StreamPosition) -> tuple[KeyRange, int]:
            keys = next_range(self._source, table, after, rows) if rows is not None else KeyRange()
            found = self._differing(table, keys, self._progress)
            left = self._mended(table, keys, found, position, first=True)
            self._count(table, found)
            if left:
                self._left[table.name].append(keys)
            return keys, found.rows

        return self._in_snapshot(first)

    def _again(self, tables: Sequence[MappedTable]) -> int:
        """Compare again what was left; return how many rows that mended."""
        before = sum(table.written + table.deleted for table in self._done.values())
        for table in tables:
            ranges, self._left[table.name] = self._left[table.name], []
            for keys in ranges:

                def again(position: StreamPosition, table: MappedTable = table, keys: KeyRange = keys) -> bool:
                    found = self._differing(table, keys)
                    return self._mended(table, keys, found, position, first=False)

                if self._in_snapshot(again):
                    self._left[table.name].append(keys)
        return sum(table.written + table.deleted for table in self._done.values()) - before

    def _together(self) -> None:
        """Mend rows of several ranges that need each other, and set aside what does not fit."""

        def together(position: StreamPosition) -> None:
            wrong = [
                (table, tuple(one for keys in ranges for one in self._differing(table, keys).differences))
                for table in self._tables
                if (ranges := self._left[table.name])
            ]
            mender = self._mender(position)
            if not mender.mend_together(wrong):
                mender.set_aside(wrong)

        self._in_snapshot(together)

    def _in_snapshot(self, what: Callable[[StreamPosition], ResultT]) -> ResultT:
        """Do something in a snapshot of the source to which the target was brought."""
        while True:
            try:
                with self._source.snapshot():
                    return what(self._followed())
            except StalePositionError:
                # A follower was faster.
                continue

    def _followed(self) -> StreamPosition:
        """Apply the changes in the journal, and return the position of the source's snapshot.

        Raises _BegunAnewError, with the position moved on, where that is not possible.
        """
        source, target, stream = self._source, self._target, forward_stream(self._service)
        checkpoints = read_checkpoints(target, self._service)
        known = read_position(target, stream)
        followed = [table for table in self._migration.mapping.tables if table.name in checkpoints]
        mapping = ServiceMapping(self._service, tuple(followed))
        chunks = read_chunks(target, self._service)
        copied = {
            name: copied_ranges(checkpoint, chunks.get(name, ()))
            for name, checkpoint in checkpoints.items()
            if not checkpoint.finished
        }
        try:
            changes = applicable_changes(source, self._service, known.position, mapping.journaled_source)
            position = StreamPosition(changes.position, changes.read_at)

            def applied(most: int) -> ForwardBatch:
                batch = ForwardBatch(source, target, mapping, changes, copied)
                with target.transaction(applying=True):
                    require_fenced(source, self._service, target, self._migration.target_tables)
                    advance_position(target, stream, known, position)
                    batch.apply([table for table in followed if copied.get(table.name, True)], most_orphans=most)
                return batch

            aside = sum(count_rejects(target, self._service).values())
            batch = with_orphans(applied, max(0, self._settings.most_rejects - aside))
        except (PutBackError, RowRefusedError) as error:
            self._skip(known)
            raise _BegunAnewError from error
        for name in batch.rows_of.keys() & self._done.keys():
            self._done[name].followed += batch.rows_of[name]
        return position

    def _skip(self, known: StreamPosition) -> None:
        """Skip the changes up to now and leave them to the comparison, which then has to check every row."""
        now: Changes = self._source.journal.changes(None, ())
        with self._target.transaction(applying=True):
            require_fenced(self._source, self._service, self._target, self._migration.target_tables)
            position = StreamPosition(now.position, now.read_at)
            advance_position(self._target, forward_stream(self._service), known, position)
            begin_refresh(self._target, self._service, self._done, self._ground)
            forget_verification(self._target, self._service)

    def _skip_way_back(self) -> None:
        """Let the way back begin at the present where the target was restored.

        Nothing is missed: v2 is closed, and everything it ever wrote reached v1 before v1 got the authority.
        """
        stream, tables = backward_stream(self._service), self._migration.mapping.journaled_returning
        known = read_position(self._source, stream)
        with self._target.snapshot():
            now, put_back = comparable_changes(self._target, self._service, known.position, tables)
        if put_back is not None:
            with self._source.transaction(applying=True):
                advance_position(self._source, stream, known, StreamPosition(now.position, now.read_at))

    def _differing(self, table: MappedTable, keys: KeyRange, progress: Progress | None = None) -> _Differing:
        """The differences in a range, except rows that were set aside."""
        source, target = self._source, self._target
        known = rejected_keys(target, self._service).get(table.name, frozenset())
        comparison = forward_comparison(source, target, table)
        ranged = comparison.within(source, target, keys)
        broken: dict[str, str] = {}
        while True:
            expected = ranged.expected.without(source, sorted({*known, *broken}))
            taken = replace(ranged, expected=expected)
            try:
                search = SuspectSearch(source, target, taken, levels=(_bits(self._at_once[table.name]),))
                found = search.suspects(progress or SilentProgress())
                break
            except RowRefusedError:
                if broken or not (broken := dict(uncomputable(source, table, keys, known))):
                    raise
        differences: list[Difference] = []
        for start in range(0, len(found.suspects), _AT_ONCE):
            part = found.suspects[start : start + _AT_ONCE]
            differences += compare_suspects(source, target, comparison, part)
        return _Differing(tuple(differences), found.rows, broken)

    def _mended(
        self, table: MappedTable, keys: KeyRange, found: _Differing, position: StreamPosition, *, first: bool
    ) -> bool:
        """Mend a range, and return whether something of it is left."""
        mender, name = self._mender(position), table.name
        now, later = list(found.differences), list[Difference]()
        if first and name in self._parents:
            later = [one for one in now if one.kind is DifferenceKind.EXTRA]
            now = [one for one in now if one.kind is not DifferenceKind.EXTRA]
        earlier_left = bool(self._left[name])
        if found.uncomputable:
            mender.mend(table, (), lambda: mender.reject(table, found.uncomputable))

        def note() -> None:
            if not later and not earlier_left:
                point = RefreshPoint(name, keys.up_to, keys.up_to is None, self._ground)
                note_refresh(self._target, self._service, point)

        left = Left()
        parts = [now[start : start + _AT_ONCE] for start in range(0, len(now), _AT_ONCE)] or [[]]
        for part in parts[:-1]:
            left += mender.mend(table, part)
        left += mender.mend(table, parts[-1], None if left.differences else note)
        if left.differences and later:
            # A row to be deleted may hold a value that another row needs.
            left = mender.mend(table, [*later, *left.differences])
            later = []
        return bool(left.differences or later)

    def _count(self, table: MappedTable, found: _Differing) -> None:
        kinds = [one.kind for one in found.differences]
        absent = max(kinds.count(DifferenceKind.MISSING), kinds.count(DifferenceKind.EXTRA))
        done = self._done[table.name]
        done.compared += found.rows
        done.unchanged += found.rows - absent - kinds.count(DifferenceKind.DIFFERENT)

    def _mender(self, position: StreamPosition) -> Mender:
        names = {table.target.name: table.name for table in self._tables}

        def counted(one: Difference) -> None:
            done = self._done[names[one.table]]
            if one.kind is DifferenceKind.EXTRA:
                done.deleted += 1
            else:
                done.written += 1

        return Mender(self._migration, self._tables, position, self._settings.most_rejects, counted)


def _bits(rows: int) -> int:
    """The bits for buckets of a few rows each, so that a second pass over so many rows reads only what differs."""
    return min(max(0, (rows // _BUCKET_ROWS).bit_length()), _MOST_BITS)
