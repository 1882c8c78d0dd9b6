"""Applies the changes of one side to the other: the current state of changed rows, not the changes one by one.

A batch is the difference of two snapshots of the journal's database. Its rows are read in the newer snapshot, so a
batch takes the destination from one committed state of the origin to a later one, whatever the order of its changes,
and applying it twice has the same effect as once. The position moves by compare-and-set in the transaction that writes
the rows: a process that fell behind cannot overwrite a newer state with an older one.

With a long backlog, a batch is a part of that difference, and its position says which; `batch_size` explains why.

Both directions may always run: the side without the authority is fenced and has nothing to say, and what is applied is
not journaled again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.journal import Changes
from strangler_etl.engine.keys import (
    in_parts,
    key_name,
    key_of_row,
)
from strangler_etl.engine.session import Row
from strangler_etl.errors import DatabaseError, RowRefusedError
from strangler_etl.following.backward_batch import BackwardBatch
from strangler_etl.following.batch_size import (
    MOST_CHANGES,
    large_enough,
    position_after,
    refused_in_part,
)
from strangler_etl.following.changed_keys import rows_of_keys, target_keys, touched_keys
from strangler_etl.following.needed_rows import NeededRows
from strangler_etl.following.referred_rows import referring_rows_named
from strangler_etl.following.refused_rows import refused_rows_named
from strangler_etl.following.reject_retry import RejectRetry
from strangler_etl.following.set_aside import OrphanSieve, with_orphans
from strangler_etl.following.shared_places import SharedPlaces, goes_back_in_parts
from strangler_etl.following.steps import Deletion, Done, Writing, by_table
from strangler_etl.following.table_keys import absent, all_keys
from strangler_etl.following.turns import do_batch
from strangler_etl.following.unmet_references import unmet_references_named
from strangler_etl.mapping.crossing import crossed
from strangler_etl.mapping.key_check import KeyForm, key_form, require_distinct, rows_met
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import KeyRange, claimed, forward_select
from strangler_etl.records.journaled_changes import applicable_changes
from strangler_etl.records.streams import advance_position, backward_stream, forward_stream, read_position
from strangler_etl.run.rejects import rejected_keys
from strangler_etl.run.settings import MOST_REJECTS

_IDLE_SECONDS = 1.0
"""Without changes the position is written only this often: a recent one keeps the journal's queries short."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What one batch did; every change before `read_at`, a time of the origin, is applied now.

    `set_aside` counts rows that would have been orphans. `more` says that further changes can be applied at once.
    """

    stream: str
    upserted: int
    deleted: int
    read_at: float
    set_aside: int = 0
    more: bool = False

    @property
    def rows(self) -> int:
        """How many rows the batch concerned."""
        return self.upserted + self.deleted


def apply_forward(
    source: Database,
    target: Database,
    mapping: ServiceMapping,
    most_orphans: int = MOST_REJECTS,
    most: int = MOST_CHANGES,
) -> Applied:
    """Bring the target to the state of the source's next snapshot, or part of the way where more than `most` changed.

    Orphans that the target's foreign keys refuse are set aside, up to `most_orphans`. Raises StalePositionError when
    another process was faster, JournalError where changes may be missing or misread; nothing was written then.
    """
    return large_enough(lambda size: _forward(source, target, mapping, most_orphans, size), most)


def _forward(
    source: Database, target: Database, mapping: ServiceMapping, most_orphans: int, most: int | None
) -> Applied:
    stream = forward_stream(mapping.service)
    known = read_position(target, stream)
    with source.snapshot():
        changes = applicable_changes(source, mapping.service, known.position, mapping.journaled_source, most)
        if not changes.rows and changes.read_at < known.read_at + _IDLE_SECONDS:
            return Applied(stream, 0, 0, changes.read_at)
        position = position_after(known, changes)
        batch = ForwardBatch(source, target, mapping, changes)

        def applied(orphans: int) -> Applied:
            nonlocal batch
            batch = ForwardBatch(source, target, mapping, changes)
            with referring_rows_named(target, batch), target.transaction(applying=True):
                advance_position(target, stream, known, position)
                done = batch.apply(_open_to_source(target, mapping, changes), most_orphans=orphans)
            return Applied(stream, done.written, done.deleted, position.read_at, batch.orphans, changes.more)

        with refused_in_part(changes):
            while True:
                try:
                    return with_orphans(applied, 0 if changes.more else most_orphans)
                except RowRefusedError:
                    # Rows that a part needs may come with a later part.
                    more = NeededRows(source, target, mapping).added(changes, batch) if changes.more else None
                    if more is None:
                        raise
                    changes = more


def _open_to_source(target: Database, mapping: ServiceMapping, changes: Changes) -> Sequence[MappedTable]:
    """The tables whose rows the changes may change, in the transaction that writes them.

    Rows that the service owns may take columns from a table the monolith keeps. Once they are open to other writers,
    the source's values for them are older than what is there.
    """
    changed = {change.table for change in changes.rows}
    touched = [table for table in mapping.owned if changed.intersection(table.read_from)]
    if not touched:
        return mapping.tables
    closed = target.fence.kept_closed([table.target.name for table in touched])
    opened = {table.name for table in touched if table.target.name not in closed}
    return [table for table in mapping.tables if table.name not in opened]


def apply_backward(source: Database, target: Database, mapping: ServiceMapping, most: int = MOST_CHANGES) -> Applied:
    """Bring the source's owned tables to the state of the target's next snapshot, or part of the way, as forward.

    Raises StalePositionError when another process was faster, JournalError where changes may be missing or misread;
    nothing was written then.
    """
    size = most if goes_back_in_parts(mapping, source) else None
    return large_enough(lambda size: _backward(source, target, mapping, size), size)


def _backward(source: Database, target: Database, mapping: ServiceMapping, most: int | None) -> Applied:
    stream = backward_stream(mapping.service)
    known = read_position(source, stream)
    with target.snapshot():
        changes = applicable_changes(target, mapping.service, known.position, mapping.journaled_returning, most)
        if not changes.rows and changes.read_at < known.read_at + _IDLE_SECONDS:
            return Applied(stream, 0, 0, changes.read_at)
        position = position_after(known, changes)
        if changes.more and most is not None:
            changes = SharedPlaces(source, target, mapping).closed(known.position, changes, most)
        batch = BackwardBatch(source, target, mapping, changes)
        with (
            refused_in_part(changes),
            refused_rows_named(target, batch),
            unmet_references_named(source, target, batch),
            referring_rows_named(source, batch),
            source.transaction(applying=True),
        ):
            advance_position(source, stream, known, position)
            done = batch.apply()
    return Applied(stream, done.written, done.deleted, position.read_at, more=changes.more)


class ForwardBatch:
    """The rows of one batch on their way to the target.

    Use it inside a snapshot of the source. `copied` maps partly copied tables to their copied ranges of keys; rows
    outside of these are not written.
    """

    def __init__(
        self,
        source: Database,
        target: Database,
        mapping: ServiceMapping,
        changes: Changes,
        copied: Mapping[str, Sequence[KeyRange]] | None = None,
    ) -> None:
        self._source = source
        self._target = target
        self._changes = changes
        self._copied = copied or {}
        self._selects = {table.name: forward_select(source, table) for table in mapping.tables}
        self._rows: dict[str, list[Row]] = {}
        self._rejected = rejected_keys(target, mapping.service)
        self._again: dict[str, Sequence[str]] = {}
        self.deletions: Sequence[Deletion] = ()
        self.staying: Mapping[str, str] = {}
        """Empty: every row of a followed target table belongs to a mapping."""
        self.touched: dict[str, Sequence[str]] = {}
        """Mapped table -> the source keys that the batch concerns; those of a whole table are left out."""
        self.upserts: dict[str, Upsert] = {}
        """Mapped table -> the rows the batch writes."""
        self.orphans = 0
        """How many rows were set aside as orphans."""
        self.rows_of: dict[str, int] = {}
        """Mapped table -> how many rows the batch concerns: those it writes, and those that may have to go."""

    def apply(
        self,
        tables: Sequence[MappedTable],
        extra: Sequence[Deletion] = (),
        *,
        most_orphans: int = 0,
        waiting: Sequence[MappedTable] = (),
    ) -> Done:
        """Bring the target's rows of these tables to the state of the source, parents first; delete `extra` rows.

        Rows of `waiting` tables beside these that were set aside may fit now, if they changed or their parents came.
        Up to `most_orphans` rows that would be orphans are set aside first.
        """
        deletions = {table.name: self._deletion(table) for table in reversed(tables)}
        upserts = self.upserts = {table.name: self._upsert(table) for table in tables}
        if most_orphans:
            sieve = OrphanSieve(self._source, self._target, tables, most_orphans)
            self.orphans = sieve.sift(extra, deletions, upserts, self.touched)
        writings = by_table([Writing(upsert) for upsert in upserts.values()])
        self.deletions = [*extra, *deletions.values()]
        done = do_batch(self._target, self.deletions, writings)
        reject_retry = RejectRetry(self._source, self._target, waiting or tables)
        tried = reject_retry.run(self._again, upserts, self.orphans)
        return replace(done, written=done.written + tried)

    def _deletion(self, table: MappedTable) -> Deletion:
        """The deletion of the target rows whose source rows are gone, or no longer taken by the mapping."""
        name = table.name
        keys, truncated = touched_keys(self._source, table, self._changes)
        select = self._selects[name]
        copied = self._copied.get(name, (KeyRange(),))
        rejected = self._rejected.get(name, frozenset())
        self._again[name] = sorted(rejected if truncated else rejected.intersection(keys))
        self.touched[name] = keys
        if truncated:
            if form := key_form(self._source, self._target, table):
                require_distinct(self._source, table, form)
            taken = select.without(self._source, sorted(rejected))
            rows = self._source.carried(*taken.between(self._source, *copied))
            in_target = all_keys(self._target, table.target, table.key, claimed(self._target, table))
        else:
            form = key_form(self._source, self._target, table)
            met: Mapping[str, str] = self._met(table, form, keys) if form else {}
            keys = [key for key in dict.fromkeys((*keys, *met)) if key not in rejected]
            rows = list(rows_of_keys(self._source, select, keys, copied))
            there = set(met.values())
            gone = [key for key in keys if form.text(key) not in there] if form else keys
            in_target = target_keys(self._source, table, gone)
        self._rows[name] = rows
        positions = [select.columns.index(name) for name in table.key]
        if any(row[position] is None for row in rows for position in positions):
            # SQLite lets a primary key be NULL.
            what = f"a row of {table.source.name} has no {key_name(table.source_key)}, so nobody could find it again"
            raise DatabaseError(self._source.address, what, "give it one")
        types = [(name, table.target.columns[name].type) for name in table.key]
        present = [tuple(row[position] for position in positions) for row in rows]
        present = crossed(self._source, self._target, present, table.source.name, types)
        alive = (key_of_row(row, range(len(types))) for row in present)
        gone = absent(self._target, table.target, table.key, in_target, alive)
        self.rows_of[name] = len(rows) + gone.rows
        return gone

    def _met(self, table: MappedTable, form: KeyForm, keys: Sequence[str]) -> Mapping[str, str]:
        """The rows that the target may take for those of the keys: source key -> form.

        Raises SharedKeyError where two rows would take each other's place.
        """
        met: dict[str, str] = {}
        for part in in_parts(keys):
            require_distinct(self._source, table, form, part)
            met |= rows_met(self._source, table, form, part)
        return met

    def _upsert(self, table: MappedTable) -> Upsert:
        """The rows that exist in the source."""
        name = table.name
        columns = self._selects[name].columns
        types = [(column, table.target.columns[column].type) for column in columns]
        rows = crossed(self._source, self._target, self._rows.pop(name), table.source.name, types)
        return Upsert(table.target.name, table.key, columns, rows, table.initial)
