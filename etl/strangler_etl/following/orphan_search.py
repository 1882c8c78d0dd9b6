"""Finds the orphans a batch would leave, which a foreign key of the target does not allow.

An orphan may be written by the batch, or be there already while the row it refers to is deleted. A source without that
foreign key, or that checks it later, keeps such rows; a row that refers to an orphan becomes one, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.key_actions import KeyAction
from strangler_etl.engine.keys import Key, KeyPart, in_parts, key_name, key_of_row, key_of_table
from strangler_etl.engine.session import Row, Value
from strangler_etl.following.steps import Deletion
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.selects import claimed
from strangler_etl.values.key_value import key_value

_KeyValue = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Orphan:
    """A row of the target by its key (in text form) and by what keeps its source key, with why it is an orphan."""

    key: str
    known_by: Value
    reason: str


@dataclass(frozen=True, slots=True)
class _Coming:
    """A row of a mapping that the batch writes."""

    table: MappedTable
    upsert: Upsert
    key: str
    row: Row

    def values(self, columns: Sequence[str]) -> Value:
        """The row's values of these columns as one value; None where one is NULL or not given."""
        if not says(self.table, columns):
            return None
        positions = [self.upsert.columns.index(name) for name in columns]
        return None if any(self.row[one] is None for one in positions) else key_of_row(self.row, positions)


def says(table: MappedTable, columns: Collection[str]) -> bool:
    """Whether a mapping always determines the values of these columns of its target."""
    return {column.target for column in table.columns}.difference(table.initial).issuperset(columns)


class OrphanSearch:
    """Looks for the orphans of a batch before it is done, in the transaction that will do it.

    `upserts` maps each of the `tables`, by name, to the rows it gets. Rows that are there already are reported only
    for tables that are `closed` to other writers.
    """

    def __init__(
        self,
        target: Database,
        tables: Sequence[MappedTable],
        closed: Collection[str],
        deletions: Sequence[Deletion],
        upserts: Mapping[str, Upsert],
    ) -> None:
        self._target = target
        self._closed = closed
        self._references = target.foreign_keys()
        self._tables: defaultdict[str, list[MappedTable]] = defaultdict(list)
        self._keys: dict[str, Key] = {}
        self._gone: defaultdict[str, dict[_KeyValue, str]] = defaultdict(dict)
        self._coming: defaultdict[str, dict[_KeyValue, _Coming]] = defaultdict(dict)
        self._orphans: dict[str, list[Orphan]] = {}
        for table in tables:
            quoted = target.quoted(table.target.name)
            self._tables[quoted].append(table)
            self._keys[quoted] = key_of_table(target, table.target, table.key, qualified=False)
        for one in deletions:
            quoted = target.quoted(one.table)
            self._gone[quoted].update((key_value(one.key, key), key) for key in one.key.texts(target, one.keys))
        for table in tables:
            quoted, upsert = target.quoted(table.target.name), upserts[table.name]
            positions = [upsert.columns.index(name) for name in table.key]
            keys = self._keys[quoted].texts(target, (key_of_row(row, positions) for row in upsert.rows))
            for key, row in zip(keys, upsert.rows, strict=True):
                self._coming[quoted][key_value(self._keys[quoted], key)] = _Coming(table, upsert, key, row)

    def search(self) -> Mapping[str, Sequence[Orphan]]:
        """The orphans of each mapped table that has any."""
        references = [one for one in self._references if one.child in self._tables]
        # A row that refers to one found so far is found in the next round.
        while sum(self._of_coming(one) + self._of_present(one) for one in references):
            pass
        return self._orphans

    def held(self) -> str | None:
        """The first table that only the target has and whose rows refer to an orphan that was found."""
        for reference in self._references:
            if reference.child in self._tables or reference.parent not in self._tables:
                continue
            same = " AND ".join(
                f"{reference.parent}.{self._target.quoted(other)} = strangler_child.{self._target.quoted(own)}"
                for own, other in zip(reference.columns, reference.referred, strict=True)
            )
            orphans = [one.key for table in self._tables[reference.parent] for one in self._orphans.get(table.name, ())]
            for part in in_parts(orphans):
                those, parameters = self._keys[reference.parent].any_of(self._target, part)
                query = (
                    f"SELECT 1 FROM {reference.child} AS strangler_child"
                    f" WHERE EXISTS (SELECT 1 FROM {reference.parent} WHERE {those} AND {same}) LIMIT 1"
                )
                if self._target.rows(query, parameters):
                    return reference.child
        return None

    def _of_coming(self, reference: KeyAction) -> int:
        """Find the orphans that the batch writes; return how many there are."""
        child = [one for one in self._coming[reference.child].values() if one.values(reference.columns) is not None]
        if not child:
            return 0
        key = self._reference_key(reference, child[0].table)
        texts = key.texts(self._target, (one.values(reference.columns) for one in child))
        values = [key_value(key, text) for text in texts]
        there = self._there(reference, key, dict(zip(values, texts, strict=True)))
        orphans = [one for one, value in zip(child, values, strict=True) if value not in there]
        for one in orphans:
            known_by = key_of_row(one.row, [one.upsert.columns.index(name) for name in one.table.known_by])
            self._take(reference, one.table, one.key, known_by)
        return len(orphans)

    def _of_present(self, reference: KeyAction) -> int:
        """Find the orphans that exist already and that the batch does not mention; return how many there are."""
        found = 0
        for table in self._tables[reference.child]:
            if table.target.name not in self._closed or not says(table, reference.columns):
                continue
            key = self._reference_key(reference, table)
            lost = self._lost(reference, key)
            for part in in_parts(list(lost)):
                for text, known_by in list(self._children(reference, table, part)):
                    value = key_value(self._keys[reference.child], text)
                    if value not in self._gone[reference.child] and value not in self._coming[reference.child]:
                        self._take(reference, table, text, known_by)
                        found += 1
        return found

    def _take(self, reference: KeyAction, table: MappedTable, key: str, known_by: Value) -> None:
        value = key_value(self._keys[reference.child], key)
        self._coming[reference.child].pop(value, None)
        self._gone[reference.child][value] = key
        reason = f"the foreign key {key_name(reference.columns)} finds no row in {reference.parent}"
        self._orphans.setdefault(table.name, []).append(Orphan(key, known_by, reason))

    def _reference_key(self, reference: KeyAction, table: MappedTable) -> Key:
        """The columns the reference refers to, as a key with the types of the referring columns."""
        types = [table.target.columns[name].type for name in reference.columns]
        return Key(
            tuple(
                KeyPart(f"{reference.parent}.{self._target.quoted(name)}", type_)
                for name, type_ in zip(reference.referred, types, strict=True)
            )
        )

    def _there(self, reference: KeyAction, key: Key, values: Mapping[_KeyValue, str]) -> set[_KeyValue]:
        """Which of the values, each with its text, a row of the parent has after the batch."""
        coming = [one.values(reference.referred) for one in self._coming[reference.parent].values()]
        texts = key.texts(self._target, (one for one in coming if one is not None))
        there = {key_value(key, text) for text in texts}.intersection(values)
        own = self._keys.get(reference.parent)
        rest = [text for value, text in values.items() if value not in there]
        for part in in_parts(rest):
            condition, parameters = key.any_of(self._target, part)
            own_key = own.as_text(self._target) if own else "NULL"
            query = f"SELECT {own_key}, {key.as_text(self._target)} FROM {reference.parent} WHERE {condition}"
            for row, text in self._target.rows(query, parameters):
                if own is None or self._stays(reference, key_value(own, str(row))):
                    there.add(key_value(key, str(text)))
        return there

    def _stays(self, reference: KeyAction, key: _KeyValue) -> bool:
        """Whether the batch leaves a row of the parent unchanged, as far as the reference is concerned."""
        coming = self._coming[reference.parent].get(key)
        changes = coming is not None and says(coming.table, reference.referred)
        return key not in self._gone[reference.parent] and not changes

    def _lost(self, reference: KeyAction, key: Key) -> Sequence[str]:
        """The values (in text form) that a row of the parent has now, and none has after the batch."""
        own = self._keys.get(reference.parent)
        if own is None:
            return ()
        keys = list(self._gone[reference.parent].values())
        if reference.referred != self._tables[reference.parent][0].key:
            keys += [one.key for one in self._coming[reference.parent].values()]
        values: dict[_KeyValue, str] = {}
        for part in in_parts(keys):
            condition, parameters = own.any_of(self._target, part)
            query = f"SELECT {key.as_text(self._target)} FROM {reference.parent} WHERE {condition}"
            found = (str(text) for (text,) in self._target.rows(query, parameters) if text is not None)
            values.update((key_value(key, text), text) for text in found)
        there = self._there(reference, key, values)
        return [text for value, text in values.items() if value not in there]

    def _children(
        self, reference: KeyAction, table: MappedTable, parents: Sequence[str]
    ) -> Iterator[tuple[str, Value]]:
        """The rows of a mapping that refer to one of these, by key and what keeps the source key."""
        target = self._target
        key = key_of_table(target, table.target, table.key).as_text(target)
        known_by = key_of_table(target, table.target, table.known_by).as_text(target)
        condition, parameters = key_of_table(target, table.target, reference.columns).any_of(target, parents)
        own = f"({claimed(target, table) or 'TRUE'}) AND ({condition})"
        for found, number in target.rows(f"SELECT {key}, {known_by} FROM {reference.child} WHERE {own}", parameters):
            yield str(found), number
