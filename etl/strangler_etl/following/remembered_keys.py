"""The key map after a batch on the way back: which target row has the place of which source row.

A row is remembered when its key cannot be derived from its place. It may leave its place for another one, also for one
in another table with the same target. What v1 puts in the old place later is another row. So that it does not get the
key of the row that left, and take its place in v2, the old place gets a new key.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import uuid4

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Change, Changes
from strangler_etl.engine.keys import in_parts
from strangler_etl.following.changed_keys import former_places, mapped_keys
from strangler_etl.following.places import Arrival, require_given_up
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mapping.selects import Select
from strangler_etl.values.derived_key import derived_key


class RememberedKeys:
    """The key map during one batch. `selects` are the target's queries, by the names of the mappings."""

    def __init__(
        self, source: Database, target: Database, mapping: ServiceMapping, selects: Mapping[str, Select]
    ) -> None:
        self._source = source
        self._target = target
        self._mapping = mapping
        self._selects = selects
        self._left: list[tuple[str, str, str]] = []

    def note(self, changes: Changes) -> None:
        """Note where the changed rows were, by the key map as it is before the batch."""
        for table in self._mapping.returning:
            if table.remapped and table.number is not None:
                moved = self._may_have_moved(table, changes)
                self._left += [
                    (table.source.name, number, str(change.key))
                    for change, number in former_places(self._source, self._target, table, moved)
                ]

    def _may_have_moved(self, table: MappedTable, changes: Changes) -> Sequence[Change]:
        """The changes of rows that have had more than one number, or may be of another kind now."""
        homes = {home.target.name for home in self._mapping.homes(table.source.name)}
        numbers = defaultdict[str | None, set[str | None]](set)
        for change in changes.rows:
            if change.table in homes:
                numbers[change.key].add(change.number)
        return [
            change
            for change in changes.rows
            if change.table in homes and (table.home is not None or len(numbers[change.key]) > 1)
        ]

    def remember(self, table: MappedTable, keys: Mapping[str, str]) -> None:
        """Remember the target keys that cannot be derived, by the source keys of their rows, which are written.

        Raises MisplacedRowError where a place still belongs to another row.
        """
        name = table.source.name
        wanted = {n: key if key != str(derived_key(name, n)) else None for n, key in keys.items()}
        known = mapped_keys(self._source, name, wanted)
        changed = {number: key for number, key in wanted.items() if known.get(number) != key}
        former = {known.get(number) or str(derived_key(name, number)): number for number in changed}
        homes = [(home, self._selects[home.name]) for home in self._mapping.homes(name)]
        arrivals = {key: Arrival(table, keys[number], number) for key, number in former.items()}
        require_given_up(self._source, self._target, homes, arrivals)
        self._forget(name, "source_key", list(changed))
        numbers = {key: number for number, key in keys.items()}
        for other in dict.fromkeys([name, *(kind.source.name for kind in self._kinds(table))]):
            places = self._places(other, list(numbers))
            stale = [key for key, number in places.items() if other != name or numbers[key] != number]
            self._forget(other, "target_key", stale)
        for number, key in changed.items():
            if key is not None:
                self._insert(name, number, key)

    def release(self, arrivals: Iterable[Arrival]) -> None:
        """Give new keys to the places that rows have left for others and no row has taken."""
        alive = list(arrivals)
        now = {(one.table, one.target_key): (one.home.source.name, one.source_key) for one in alive}
        taken = set(now.values())
        for name, number, key in dict.fromkeys(self._left):
            places = (now.get((home.target.name, key)) for home in self._mapping.homes(name))
            place = next((one for one in places if one is not None), None)
            if place not in {None, (name, number)} and (name, number) not in taken:
                self._forget(name, "source_key", [number])
                self._insert(name, number, str(uuid4()))

    def _kinds(self, table: MappedTable) -> Sequence[MappedTable]:
        return self._mapping.kinds.get(table.target.name, ()) if table.home is not None else ()

    def _places(self, name: str, keys: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for part in in_parts(keys):
            condition, parameters = self._source.any_of("target_key", "text", part)
            rows = self._source.rows(
                f"SELECT target_key, source_key FROM {self._source.own('key_map')}"
                f" WHERE table_name = {self._source.placeholder} AND {condition}",
                [name, *parameters],
            )
            found.update((str(target_key), str(source_key)) for target_key, source_key in rows)
        return found

    def _insert(self, name: str, number: str, key: str) -> None:
        mark = self._source.placeholder
        self._source.execute(
            f"INSERT INTO {self._source.own('key_map')} (table_name, source_key, target_key)"
            f" VALUES ({mark}, {mark}, {mark})",
            [name, number, key],
        )

    def _forget(self, table: str, column: str, keys: Sequence[str]) -> None:
        for part in in_parts(keys):
            condition, parameters = self._source.any_of(column, "text", part)
            self._source.execute(
                f"DELETE FROM {self._source.own('key_map')}"
                f" WHERE table_name = {self._source.placeholder} AND {condition}",
                [table, *parameters],
            )
