"""The rows of one batch on their way back to the source: either all of them go to their places there, or none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.journal import Changes
from strangler_etl.engine.keys import key_name
from strangler_etl.engine.session import Row
from strangler_etl.errors import DatabaseError
from strangler_etl.following.changed_keys import (
    as_in_source,
    changed_keys,
    rows_of_keys,
    source_keys,
)
from strangler_etl.following.places import (
    Arrival,
    require_in_part,
    require_met,
    require_nobodys,
    require_of_a_kind,
    require_one_row_each,
    require_spelled,
    taken_by_any,
)
from strangler_etl.following.related_rows import with_related
from strangler_etl.following.remembered_keys import RememberedKeys
from strangler_etl.following.steps import Deletion, Done, Writing, by_table
from strangler_etl.following.table_keys import absent, all_keys, keys_that
from strangler_etl.following.turns import do_batch
from strangler_etl.following.unmet_references import ReturningRows
from strangler_etl.mapping.crossing import crossed
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import reverse_select
from strangler_etl.mapping.unreturned import waiting_select
from strangler_etl.run.rejects import rejected_keys


class BackwardBatch:
    """The rows of one batch on their way back to the source."""

    def __init__(self, source: Database, target: Database, mapping: ServiceMapping, changes: Changes) -> None:
        self._source = source
        self._target = target
        self._mapping = mapping
        self._changes = with_related(source, target, mapping, changes)
        self._selects = {table.name: reverse_select(target, mapping, table) for table in mapping.returning}
        self._keys = RememberedKeys(source, target, mapping, self._selects)
        self._rows: dict[str, list[Row]] = {}
        self._alive: list[Arrival] = []
        self._rejected: Mapping[str, frozenset[str]] = {}
        self.deletions: Sequence[Deletion] = ()
        self.rows: Sequence[ReturningRows] = ()

    @property
    def staying(self) -> Mapping[str, str]:
        """Source table -> the condition (SQL) that a row of it is in none of the mapped parts, where there is one."""
        names = dict.fromkeys(table.source.name for table in self._mapping.returning)
        taken = {name: taken_by_any(self._source, self._mapping.homes(name)) for name in names}
        return {name: f"({condition}) IS NOT TRUE" for name, condition in taken.items() if condition is not None}

    def apply(self, extra: Sequence[Deletion] = ()) -> Done:
        """Bring the source to the state of the target for all rows that go back, parents first; delete `extra` rows.

        Raises MisplacedRowError where a row has no place of its own in the source.
        """
        tables = self._mapping.returning
        if any(table.beside or table.where is not None or table.home is not None for table in tables):
            self._rejected = rejected_keys(self._target, self._mapping.service)
        for name, kinds in self._mapping.kinds.items():
            keys, truncated = changed_keys(self._changes, name)
            require_of_a_kind(self._target, kinds, None if truncated else sorted(keys))
        self._keys.note(self._changes)
        sources = dict.fromkeys(table.source.name for table in reversed(tables))
        self.deletions = [*extra, *map(self._deletion, sources)]
        written = {table.name: self._numbers(table, self._rows[table.name]) for table in tables}
        self.rows = [self._returning(table) for table in tables]
        self._keys.release(self._alive)
        done = do_batch(self._source, self.deletions, by_table([Writing(one.upsert) for one in self.rows]))
        for table in tables:
            require_in_part(self._source, table, written[table.name])
        return done

    def _deletion(self, source: str) -> Deletion:
        """The deletion of the source rows that are gone from all parts of their table."""
        homes = self._mapping.homes(source)
        changed = [changed_keys(self._changes, home.target.name) for home in homes]
        keys = sorted(set[str]().union(*(found for found, _ in changed)))
        in_source = None if any(truncated for _, truncated in changed) else self._in_source(homes)
        arrivals = [arrival for home in homes for arrival in self._arrivals(home, None if in_source is None else keys)]
        self._alive += arrivals
        require_spelled(self._target, arrivals)
        require_one_row_each(self._target, arrivals)
        require_nobodys(self._source, homes, arrivals)
        (first, *_), ours = homes, taken_by_any(self._source, homes)
        aside = frozenset[str]().union(*(self._rejected.get(home.name, ()) for home in homes))
        alive = [arrival.source_key for arrival in arrivals]
        if in_source is None:
            in_source = all_keys(self._source, first.source, first.source_key, ours)
        gone = absent(self._source, first.source, first.source_key, in_source, [*alive, *aside])
        if ours is None:
            return gone
        return Deletion(gone.table, gone.key, keys_that(self._source, first.source, first.source_key, gone.keys, ours))

    def _in_source(self, homes: Sequence[MappedTable]) -> list[str] | None:
        """The source keys that changed rows have, or had; None where it may be any key."""
        found: list[str] = []
        for home in homes:
            known = source_keys(self._source, self._target, self._mapping, home, self._changes)
            if known is None:
                return None
            found += known
        return found

    def _arrivals(self, home: MappedTable, keys: Sequence[str] | None) -> Sequence[Arrival]:
        """The rows that exist, with these target keys or all; keeps those that are to be written."""
        select = self._selects[home.name]
        if keys is None:
            rows = self._target.carried(*select.between(self._target))
        else:
            rows = list(rows_of_keys(self._target, select, keys))
        self._require_known(home, rows)
        arrivals = [
            Arrival(home, str(row[0]), number) for row, number in zip(rows, self._numbers(home, rows), strict=True)
        ]
        waiting = self._waiting(home, keys)
        aside = frozenset[str]().union(*(self._rejected.get(part.name, ()) for part in home.beside))
        self._rows[home.name] = [
            row
            for row, arrival in zip(rows, arrivals, strict=True)
            if arrival.target_key not in waiting and arrival.source_key not in aside
        ]
        return arrivals

    def _numbers(self, table: MappedTable, rows: Iterable[Row]) -> Sequence[str]:
        return as_in_source(self._source, self._target, table, (row[1] for row in rows))

    def _waiting(self, table: MappedTable, keys: Sequence[str] | None) -> frozenset[str]:
        """The target keys, among `keys` or all, of rows that go back only once a part beside them has theirs."""
        select = waiting_select(self._target, table)
        if select is None:
            return frozenset()
        if keys is None:
            found = self._target.carried(*select.between(self._target))
        else:
            found = rows_of_keys(self._target, select, keys)
        return frozenset(str(key) for (key,) in found)

    def _returning(self, table: MappedTable) -> ReturningRows:
        """The rows to write; remembers the target keys that cannot be derived."""
        rows = self._rows.pop(table.name)
        select = self._selects[table.name]
        require_met(self._target, self._mapping, table, select, rows)
        if table.remapped:
            keys = zip(self._numbers(table, rows), (str(row[0]) for row in rows), strict=True)
            self._keys.remember(table, dict(keys))
        columns = select.columns[2:]
        types = [(name, table.source.columns[name].type) for name in columns]
        back = crossed(self._target, self._source, [row[2:] for row in rows], table.target.name, types)
        upsert = Upsert(table.source.name, table.source_key, columns, back)
        return ReturningRows(table, upsert, [str(row[0]) for row in rows])

    def _require_known(self, table: MappedTable, rows: Sequence[Row]) -> None:
        """Raise DatabaseError where nothing says which source row a row is."""
        unnumbered = next((row for row in rows if row[1] is None), None)
        if unnumbered is not None:
            raise DatabaseError(
                self._target.address,
                f"the row {unnumbered[0]} of {table.target.name} has no {key_name(table.known_by)} of the source, so it"
                " cannot go back",
                f"let the column {table.number} number itself" if table.number else "see what its key refers to",
            )
