"""Applies the changes of one side to the other: the state of what changed, not the changes one by one.

A batch is the difference of two snapshots of the journal's database. Its rows are read in the newer snapshot, so a
batch takes the destination from one committed state of the origin to a later one, whatever the order of its changes,
and applying it twice is the same as once. The position moves by compare-and-set in the transaction that writes the
rows: a process that fell behind can not write an older state over a newer one.

Both directions may always run: the side without the authority is fenced and has nothing to say, and what is applied is
not journaled again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from strangler_etl.engine.database import Database, StreamPosition, Upsert
from strangler_etl.engine.journal import Changes
from strangler_etl.engine.keys import (
    in_parts,
    key_name,
    key_of_row,
    key_of_table,
)
from strangler_etl.engine.schema import Table
from strangler_etl.engine.session import Row, Value
from strangler_etl.errors import DatabaseError
from strangler_etl.following.changed_keys import (
    as_in_source,
    changed_keys,
    mapped_keys,
    rows_of_keys,
    source_keys,
    target_keys,
    touched_keys,
)
from strangler_etl.following.parent_numbers import with_related
from strangler_etl.following.referred_rows import referring_rows_named
from strangler_etl.following.set_aside import OrphanSieve, with_orphans
from strangler_etl.following.steps import Deletion, Done, Writing, by_table
from strangler_etl.following.taking_up import TakingUp
from strangler_etl.following.turns import do_batch
from strangler_etl.mapping.crossing import crossed
from strangler_etl.mapping.key_check import KeyForm, key_form, require_distinct, rows_met
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import KeyRange, claimed, forward_select, reverse_select, waiting_select
from strangler_etl.records.journaled_changes import journaled_changes
from strangler_etl.records.streams import advance_position, read_position
from strangler_etl.run.rejects import rejected_keys
from strangler_etl.run.settings import MOST_REJECTS
from strangler_etl.values.derived_key import derived_key
from strangler_etl.values.key_value import key_value

_IDLE_SECONDS = 1.0
"""Without changes the position is written this often only: it keeps the journal's queries short."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What one batch did; `read_at` is the origin's time up to which every change is applied now.

    Rows that would refer to none were `set_aside`.
    """

    stream: str
    upserted: int
    deleted: int
    read_at: float
    set_aside: int = 0

    @property
    def rows(self) -> int:
        """How many rows the batch was about."""
        return self.upserted + self.deleted


def forward_stream(service: str) -> str:
    """The name of the stream from v1 to v2."""
    return f"{service}:v1"


def backward_stream(service: str) -> str:
    """The name of the stream from v2 to v1."""
    return f"{service}:v2"


def apply_forward(
    source: Database, target: Database, mapping: ServiceMapping, most_orphans: int = MOST_REJECTS
) -> Applied:
    """Bring the target to the state of the source's next snapshot.

    Rows that refer to none are set aside, up to `most_orphans`, where the target's foreign keys refuse them. Raises
    StalePositionError when another process was faster, JournalError where changes may be missing or misread: nothing
    was written then.
    """
    stream = forward_stream(mapping.service)
    known = read_position(target, stream)
    with source.snapshot():
        changes = journaled_changes(source, mapping.service, known.position, mapping.journaled_source)
        if not changes.rows and changes.read_at < known.read_at + _IDLE_SECONDS:
            return Applied(stream, 0, 0, changes.read_at)

        def applied(most: int) -> Applied:
            batch = ForwardBatch(source, target, mapping, changes)
            with referring_rows_named(target, batch), target.transaction(applying=True):
                advance_position(target, stream, known, StreamPosition(changes.position, changes.read_at))
                done = batch.apply(_open_to_source(target, mapping, changes), most_orphans=most)
            return Applied(stream, done.written, done.deleted, changes.read_at, batch.orphans)

        return with_orphans(applied, most_orphans)


def _open_to_source(target: Database, mapping: ServiceMapping, changes: Changes) -> Sequence[MappedTable]:
    """The tables whose rows the changes may change, in the transaction that writes them.

    Rows the service owns may take columns of a table the monolith keeps. Once they are open to others, what the source
    says of them is older than what is there.
    """
    changed = {change.table for change in changes.rows}
    touched = [table for table in mapping.owned if changed.intersection(table.read_from)]
    if not touched:
        return mapping.tables
    closed = target.fence.kept_closed([table.target.name for table in touched])
    opened = {table.name for table in touched if table.target.name not in closed}
    return [table for table in mapping.tables if table.name not in opened]


def apply_backward(source: Database, target: Database, mapping: ServiceMapping) -> Applied:
    """Bring the source's owned tables to the state of the target's next snapshot.

    Raises StalePositionError when another process was faster, JournalError where changes may be missing or misread:
    nothing was written then.
    """
    stream = backward_stream(mapping.service)
    known = read_position(source, stream)
    with target.snapshot():
        changes = journaled_changes(target, mapping.service, known.position, mapping.journaled_returning)
        if not changes.rows and changes.read_at < known.read_at + _IDLE_SECONDS:
            return Applied(stream, 0, 0, changes.read_at)
        batch = BackwardBatch(source, target, mapping, changes)
        with referring_rows_named(source, batch), source.transaction(applying=True):
            advance_position(source, stream, known, StreamPosition(changes.position, changes.read_at))
            done = batch.apply(mapping.returning)
    return Applied(stream, done.written, done.deleted, changes.read_at)


class ForwardBatch:
    """The rows of one batch on their way to the target.

    Inside a snapshot of the source. `copied` are tables of which only these ranges of keys are copied: other rows are
    not written.
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
        self._touched: dict[str, Sequence[str]] = {}
        self.orphans = 0
        """How many rows were set aside, as they would refer to none."""
        self.rows_of: dict[str, int] = {}
        """How many rows of each mapped table the batch is about: those it writes, and those that may have to go."""

    def apply(self, tables: Sequence[MappedTable], extra: Sequence[Deletion] = (), *, most_orphans: int = 0) -> Done:
        """Make the target's rows of these tables, parents first, what the source says; delete `extra` rows as well.

        Rows that were set aside, and changed, or whose parents have come, may fit now. So many as `most_orphans` that
        would refer to none are set aside first.
        """
        deletions = {table.name: self._deletion(table) for table in reversed(tables)}
        upserts = {table.name: self._upsert(table) for table in tables}
        if most_orphans:
            sieve = OrphanSieve(self._source, self._target, tables, most_orphans)
            self.orphans = sieve.sift(extra, deletions, upserts, self._touched)
        writings = by_table([Writing(upsert) for upsert in upserts.values()])
        self.deletions = [*extra, *deletions.values()]
        done = do_batch(self._target, self.deletions, writings)
        tried = TakingUp(self._source, self._target, tables).take_up(self._again, upserts)
        return replace(done, written=done.written + tried)

    def _deletion(self, table: MappedTable) -> Deletion:
        """The target rows whose source rows are gone, or are not taken any more."""
        name = table.name
        keys, truncated = touched_keys(self._source, table, self._changes)
        select = self._selects[name]
        copied = self._copied.get(name, (KeyRange(),))
        rejected = self._rejected.get(name, frozenset())
        self._again[name] = sorted(rejected if truncated else rejected.intersection(keys))
        self._touched[name] = keys
        if truncated:
            if form := key_form(self._source, self._target, table):
                require_distinct(self._source, table, form)
            taken = select.without(self._source, sorted(rejected))
            rows = self._source.carried(*taken.between(self._source, *copied))
            in_target = _all_keys(self._target, table.target, table.key, claimed(self._target, table))
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
        gone = _absent(self._target, table.target, table.key, in_target, (key_of_row(row, positions) for row in rows))
        self.rows_of[name] = len(rows) + gone.rows
        return gone

    def _met(self, table: MappedTable, form: KeyForm, keys: Sequence[str]) -> Mapping[str, str]:
        """The rows that may be those of the keys in the target: source key -> form.

        Raises SharedKeyError where two rows would take each other's place.
        """
        met: dict[str, str] = {}
        for part in in_parts(keys):
            require_distinct(self._source, table, form, part)
            met |= rows_met(self._source, table, form, part)
        return met

    def _upsert(self, table: MappedTable) -> Upsert:
        """The rows that are alive."""
        name = table.name
        columns = self._selects[name].columns
        types = [(column, table.target.columns[column].type) for column in columns]
        rows = crossed(self._source, self._target, self._rows.pop(name), table.source.name, types)
        return Upsert(table.target.name, table.key, columns, rows, table.initial)


class BackwardBatch:
    """The rows of one batch on their way back to the source."""

    def __init__(self, source: Database, target: Database, mapping: ServiceMapping, changes: Changes) -> None:
        self._source = source
        self._target = target
        self._mapping = mapping
        self._changes = with_related(target, mapping, changes)
        self._selects = {table.name: reverse_select(target, mapping, table) for table in mapping.returning}
        self._rows: dict[str, list[Row]] = {}
        self._rejected: Mapping[str, frozenset[str]] = {}
        self.deletions: Sequence[Deletion] = ()

    def apply(self, tables: Sequence[MappedTable], extra: Sequence[Deletion] = ()) -> Done:
        """Make the source's rows of these tables, parents first, what the target says; delete `extra` rows as well."""
        self._rejected = rejected_keys(self._target, self._mapping.service) if any(t.beside for t in tables) else {}
        self.deletions = [*extra, *(self._deletion(table) for table in reversed(tables))]
        writings = [self._writing(table) for table in tables]
        return do_batch(self._source, self.deletions, writings)

    def _deletion(self, table: MappedTable) -> Deletion:
        """The source rows whose target rows are gone."""
        keys, truncated = changed_keys(self._changes, table.target.name)
        select = self._selects[table.name]
        in_source = None
        if not truncated:
            in_source = source_keys(self._source, self._target, self._mapping, table, self._changes)
        if in_source is None:
            rows = self._target.carried(*select.between(self._target))
            in_source = _all_keys(self._source, table.source, table.source_key)
        else:
            rows = list(rows_of_keys(self._target, select, sorted(keys)))
        self._require_known(table, rows)
        alive = as_in_source(self._source, self._target, table, (row[1] for row in rows))
        waiting = self._waiting(table, None if truncated else sorted(keys))
        aside = frozenset[str]().union(*(self._rejected.get(part.name, ()) for part in table.beside))
        self._rows[table.name] = [
            row for row, key in zip(rows, alive, strict=True) if str(row[0]) not in waiting and key not in aside
        ]
        return _absent(self._source, table.source, table.source_key, in_source, alive)

    def _waiting(self, table: MappedTable, keys: Sequence[str] | None) -> frozenset[str]:
        """The target keys, among `keys` or all, of rows that go back as soon as a part beside them has theirs."""
        select = waiting_select(self._target, table)
        if select is None:
            return frozenset()
        if keys is None:
            found = self._target.carried(*select.between(self._target))
        else:
            found = rows_of_keys(self._target, select, keys)
        return frozenset(str(key) for (key,) in found)

    def _writing(self, table: MappedTable) -> Writing:
        """The rows that are alive; the target keys nobody can derive are remembered."""
        rows = self._rows.pop(table.name)
        select = self._selects[table.name]
        if table.remapped:
            self._map_keys(table, rows)
        columns = select.columns[2:]
        types = [(name, table.source.columns[name].type) for name in columns]
        back = crossed(self._target, self._source, [row[2:] for row in rows], table.target.name, types)
        return Writing(Upsert(table.source.name, table.source_key, columns, back))

    def _require_known(self, table: MappedTable, rows: Sequence[Row]) -> None:
        """Raise DatabaseError where nothing says which row of the source one is."""
        unnumbered = next((row for row in rows if row[1] is None), None)
        if unnumbered is not None:
            raise DatabaseError(
                self._target.address,
                f"the row {unnumbered[0]} of {table.target.name} has no {key_name(table.known_by)} of the source, so it"
                " can not go back",
                f"let the column {table.number} number itself" if table.number else "see what its key refers to",
            )

    def _map_keys(self, table: MappedTable, rows: Sequence[Row]) -> None:
        """Remember the target keys nobody can derive; a row that has another number now leaves its old one."""
        name = table.source.name
        numbers = as_in_source(self._source, self._target, table, (number for _, number, *_ in rows))
        keys = {number: str(row[0]) for number, row in zip(numbers, rows, strict=True)}
        wanted = {n: key if key != str(derived_key(name, n)) else None for n, key in keys.items()}
        known = mapped_keys(self._source, name, wanted)
        changed = {number: key for number, key in wanted.items() if known.get(number) != key}
        self._forget_keys(name, "source_key", list(changed))
        self._forget_keys(name, "target_key", [key for key in changed.values() if key is not None])
        mark = self._source.placeholder
        for number, key in changed.items():
            if key is not None:
                self._source.execute(
                    f"INSERT INTO {self._source.own('key_map')} (table_name, source_key, target_key)"
                    f" VALUES ({mark}, {mark}, {mark})",
                    [name, number, key],
                )

    def _forget_keys(self, table: str, column: str, keys: Sequence[str]) -> None:
        for part in in_parts(keys):
            condition, parameters = self._source.any_of(column, "text", part)
            self._source.execute(
                f"DELETE FROM {self._source.own('key_map')}"
                f" WHERE table_name = {self._source.placeholder} AND {condition}",
                [table, *parameters],
            )


def _all_keys(database: Database, table: Table, columns: Sequence[str], where: str | None = None) -> list[str]:
    key = key_of_table(database, table, columns)
    rows = database.rows(f"SELECT {key.order} FROM {database.quoted(table.name)} WHERE {where or 'TRUE'}")
    return [str(key_of_row(row, range(len(columns)))) for row in rows]


def _absent(
    database: Database, table: Table, columns: Sequence[str], keys: Iterable[str], present: Iterable[Value]
) -> Deletion:
    """Those of the rows that are not to be written again.

    A row that is only written anew stays, also where a whole table was: what refers to it would go with it.
    """
    key = key_of_table(database, table, columns, qualified=False)
    alive = {key_value(key, text) for text in key.texts(database, present)}
    gone = [text for text in dict.fromkeys(key.texts(database, keys)) if key_value(key, text) not in alive]
    return Deletion(table.name, key, gone)
