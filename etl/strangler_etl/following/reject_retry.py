"""Tries again to write rows that were set aside: they may fit now, or their parents may have come."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.key_actions import KeyAction
from strangler_etl.engine.keys import Key, KeyPart, in_parts, key_of_parts, key_of_row, key_of_table
from strangler_etl.following.changed_keys import target_keys
from strangler_etl.following.reject_cycles import reject_cycles
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.run.rejects import read_rejects, rejected_keys
from strangler_etl.run.sieve import try_rejects, try_together
from strangler_etl.values.key_value import key_value

_Arrived = Mapping[str, set[tuple[object, ...]]]
"""The keys of rows that came, by the table as SQL writes it."""


class RejectRetry:
    """Tries rows again that were set aside: those that changed, and those that refer to a row that came.

    Use it in a snapshot of the source, and in the transaction of the target that has done a batch.
    """

    def __init__(self, source: Database, target: Database, tables: Sequence[MappedTable]) -> None:
        self._source = source
        self._target = target
        self._tables = tables
        self._by_quoted_name: dict[str, MappedTable] = {target.quoted(table.target.name): table for table in tables}

    def run(self, changed: Mapping[str, Sequence[str]], upserts: Mapping[str, Upsert], new: int = 0) -> int:
        """Write what fits now; return how many rows.

        By mapped table, `changed` holds source keys of rows that were set aside, and `upserts` the rows that came.
        `new` is the number of rows set aside just now.
        """
        if not any(changed.values()) and not self._waiting():
            return 0
        tried, refused = self._in_turn(changed, self._written(upserts))
        if new or refused:
            for cycle in self._cycles():
                if self._waits_still(cycle) and (rows := try_together(self._source, self._target, cycle, self._tables)):
                    tried += rows + self._in_turn({}, self._keys_there(cycle))[0]
        return tried

    def _in_turn(self, changed: Mapping[str, Sequence[str]], came: _Arrived) -> tuple[int, bool]:
        """Try the changed rows, then rows that refer to rows that came, and so on; how many fit, and did any not."""
        references = self._target.foreign_keys()
        tried, refused = 0, dict[str, Sequence[str]]()
        while changed or came:
            arrived: defaultdict[str, set[tuple[object, ...]]] = defaultdict(set)
            refused = {}
            for table in self._tables:
                quoted = self._target.quoted(table.target.name)
                to_these = {name: came.get(name, set()) | arrived[name] for name in self._by_quoted_name}
                keys = {*changed.get(table.name, ()), *self._referring(table, references, to_these)}
                if not keys:
                    continue
                sifted = try_rejects(self._source, self._target, table, sorted(keys))
                tried += sifted.rows
                if sifted.rejects:
                    refused[table.name] = [reject.key for reject in sifted.rejects]
                fit = sorted(keys.difference(reject.key for reject in sifted.rejects))
                arrived[quoted].update(self._arrived(table, fit))
            came = {quoted: keys for quoted, keys in arrived.items() if keys}
            # Rows may have been refused because a row they need came after them: try them again.
            changed = refused if came else {}
        return tried, bool(refused)

    def _cycles(self) -> Sequence[Mapping[str, Sequence[str]]]:
        """The source keys, by mapped table, of rows that need each other."""
        quoted_names = {table.name: self._target.quoted(table.target.name) for table in self._tables}
        services = {table.service for table in self._tables}
        rejects = [
            one for service in services for one in read_rejects(self._target, service) if one.table in quoted_names
        ]
        found: list[Mapping[str, Sequence[str]]] = []
        for cycle in reject_cycles(rejects, self._target.foreign_keys(), quoted_names.__getitem__):
            keys: defaultdict[str, list[str]] = defaultdict(list)
            for one in cycle:
                keys[one.table].append(one.key)
            found.append(keys)
        return found

    def _waits_still(self, cycle: Mapping[str, Sequence[str]]) -> bool:
        (service,) = {table.service for table in self._tables}
        waiting = rejected_keys(self._target, service)
        return all(waiting.get(name, frozenset()).issuperset(keys) for name, keys in cycle.items())

    def _keys_there(self, rows: Mapping[str, Sequence[str]]) -> _Arrived:
        came: defaultdict[str, set[tuple[object, ...]]] = defaultdict(set)
        for table in self._tables:
            if keys := rows.get(table.name):
                came[self._target.quoted(table.target.name)].update(self._arrived(table, keys))
        return came

    def _arrived(self, table: MappedTable, keys: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """The keys in the target of rows with these source keys."""
        key = key_of_table(self._target, table.target, table.key)
        texts = key.texts(self._target, target_keys(self._source, table, keys))
        return (key_value(key, text) for text in texts)

    def _waiting(self) -> bool:
        return any(read_rejects(self._target, service) for service in {table.service for table in self._tables})

    def _written(self, upserts: Mapping[str, Upsert]) -> _Arrived:
        came: defaultdict[str, set[tuple[object, ...]]] = defaultdict(set)
        for table in self._tables:
            if (upsert := upserts.get(table.name)) is None:
                continue
            key = key_of_table(self._target, table.target, table.key)
            positions = [upsert.columns.index(name) for name in table.key]
            texts = key.texts(self._target, (key_of_row(row, positions) for row in upsert.rows))
            came[self._target.quoted(table.target.name)].update(key_value(key, text) for text in texts)
        return {quoted: keys for quoted, keys in came.items() if keys}

    def _referring(self, table: MappedTable, references: Sequence[KeyAction], came: _Arrived) -> set[str]:
        """The source keys of a mapping's rows that were set aside and refer to a row that came."""
        quoted = self._target.quoted(table.target.name)
        wanted = [one for one in references if one.child == quoted and came.get(one.parent)]
        rejects = read_rejects(self._target, table.service, table.name) if wanted else ()
        found: set[str] = set()
        for reference in wanted:
            waiting: defaultdict[str, list[str]] = defaultdict(list)
            for reject in rejects:
                image: Mapping[str, object] = json.loads(reject.image)
                given = [image.get(name) for name in reference.columns]
                if None not in given:
                    waiting[key_of_parts([str(one) for one in given])].append(reject.key)
            for value in self._there(table, reference, list(waiting), came[reference.parent]):
                found.update(waiting[value])
        return found

    def _there(
        self,
        table: MappedTable,
        reference: KeyAction,
        values: Sequence[str],
        came: set[tuple[object, ...]],
    ) -> set[str]:
        """Those of the values that a row that came has."""
        parent = self._by_quoted_name[reference.parent]
        own = key_of_table(self._target, parent.target, parent.key)
        types = [table.target.columns[name].type for name in reference.columns]
        referred = Key(
            tuple(
                KeyPart(f"{reference.parent}.{self._target.quoted(name)}", type_)
                for name, type_ in zip(reference.referred, types, strict=True)
            )
        )
        there: set[tuple[object, ...]] = set()
        for part in in_parts(values):
            condition, parameters = referred.any_of(self._target, part)
            query = (
                f"SELECT {own.as_text(self._target)}, {referred.as_text(self._target)}"
                f" FROM {reference.parent} WHERE {condition}"
            )
            for key, value in self._target.rows(query, parameters):
                if key_value(own, str(key)) in came:
                    there.add(key_value(referred, str(value)))
        texts = referred.texts(self._target, values)
        return {value for value, text in zip(values, texts, strict=True) if key_value(referred, text) in there}
