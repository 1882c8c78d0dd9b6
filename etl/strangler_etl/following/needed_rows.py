"""Which further rows a refused part of the backlog needs, so that not all that waits has to be applied with it.

The rows of a part are read as they are now. So they may refer to rows that come later, take over values that other rows
give up later, or be gone while rows below them are deleted later. Those rows are brought as they are now, too. That is
always allowed: applied again, or without having changed, a row becomes what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.journal import Change, Changes
from strangler_etl.engine.key_actions import KeyAction
from strangler_etl.engine.keys import Key, KeyPart, in_parts, key_of_row, key_of_table
from strangler_etl.engine.session import Value, text
from strangler_etl.following.changed_keys import target_keys
from strangler_etl.following.origin_keys import names_origin, origin_keys
from strangler_etl.following.steps import Deletion
from strangler_etl.following.table_keys import keys_that
from strangler_etl.mapping.mapping import DerivedColumn, MappedTable, ServiceMapping
from strangler_etl.mapping.selects import claimed


class RefusedBatch(Protocol):
    """A batch that was tried."""

    @property
    def deletions(self) -> Sequence[Deletion]:
        """The rows it deletes."""
        ...

    @property
    def upserts(self) -> Mapping[str, Upsert]:
        """The rows it writes, by mapped table."""
        ...

    @property
    def touched(self) -> Mapping[str, Sequence[str]]:
        """The source keys it concerns, by mapped table."""
        ...


@dataclass(frozen=True, slots=True)
class _Referring:
    """A foreign key of the target between two mapped tables, and the columns of their sources that it compares.

    `own` and `referred` are None where the mapping does not copy them.
    """

    key: KeyAction
    child: MappedTable
    parent: MappedTable
    own: tuple[str, ...] | None
    referred: tuple[str, ...] | None

    @property
    def by_key(self) -> bool:
        """Whether it refers to the key by which the parent's rows are followed."""
        return set(self.key.referred) == set(self.parent.key)


class NeededRows:
    """Finds the rows that a refused batch needs, in the snapshot of the source in which it was read."""

    def __init__(self, source: Database, target: Database, mapping: ServiceMapping) -> None:
        self._source = source
        self._target = target
        self._tables = mapping.tables
        self._references = [*_references(target, mapping.tables)]

    def added(self, changes: Changes, batch: RefusedBatch) -> Changes | None:
        """The changes with those rows; None where there are none that the changes lack."""
        known = {(change.table, change.key) for change in changes.rows}
        new = dict[Change, None]()
        for table, key in (*self._below(batch), *self._holders(batch), *self._above(batch)):
            if (table.source.name, key) not in known:
                new[Change(table.source.name, key)] = None
        return replace(changes, rows=(*changes.rows, *new)) if new else None

    def _above(self, batch: RefusedBatch) -> Iterator[tuple[MappedTable, str]]:
        """The rows that written rows refer to and that the target lacks, those that they refer to, and so on."""
        seen = {table.name: {*batch.touched.get(table.name, ())} for table in self._tables}
        waiting = [(name, keys) for name, keys in batch.touched.items() if keys]
        while waiting:
            name, keys = waiting.pop()
            for reference in (one for one in self._references if one.child.name == name):
                parent = reference.parent
                new = [key for key in self._parents(reference, keys) if key not in seen[parent.name]]
                seen[parent.name].update(new)
                if lacking := self._lacking(reference, new):
                    yield from ((parent, key) for key in lacking)
                    waiting.append((parent.name, lacking))

    def _parents(self, reference: _Referring, keys: Sequence[str]) -> Sequence[str]:
        """The source keys of the rows that the source rows with these keys refer to."""
        source, child, parent = self._source, reference.child.source, reference.parent.source
        if reference.own is None or reference.referred is None:
            return ()
        own = key_of_table(source, child, reference.own)
        # With the child's types, as the texts are the child's.
        parts = zip(reference.referred, own.parts, strict=True)
        referred = Key(tuple(KeyPart(source.quoted(name), part.type) for name, part in parts))
        of_child = key_of_table(source, child, reference.child.source_key)
        values = dict[str, None]()
        for part in in_parts(keys):
            condition, parameters = of_child.any_of(source, part)
            query = f"SELECT DISTINCT {own.as_text(source)} FROM {source.quoted(child.name)} WHERE {condition}"
            values.update((str(value), None) for (value,) in source.rows(query, parameters) if value is not None)
        return self._found(parent.name, key_of_table(source, parent, reference.parent.source_key), referred, [*values])

    def _found(self, table: str, key: Key, by: Key, values: Sequence[str]) -> Sequence[str]:
        """The keys of the rows of a source table that have one of these values."""
        found: list[str] = []
        for part in in_parts(values):
            condition, parameters = by.any_of(self._source, part)
            query = f"SELECT {key.as_text(self._source)} FROM {self._source.quoted(table)} WHERE {condition}"
            found += [str(one) for (one,) in self._source.rows(query, parameters)]
        return found

    def _lacking(self, reference: _Referring, keys: Sequence[str]) -> Sequence[str]:
        """Those of the parents, by their source keys, that the target may lack."""
        if not reference.by_key:
            return keys
        parent = reference.parent
        in_target = target_keys(self._source, parent, keys)
        there = {*keys_that(self._target, parent.target, parent.key, in_target, "TRUE")}
        return [key for key, other in zip(keys, in_target, strict=True) if other not in there]

    def _below(self, batch: RefusedBatch) -> Iterator[tuple[MappedTable, str]]:
        """The rows of the target that refer to rows which the batch deletes."""
        target = self._target
        for deletion in batch.deletions:
            quoted = target.quoted(deletion.table)
            # A foreign key appears once for each mapping of its parent.
            pairs = [(one.key, one.child) for one in self._references if one.key.parent == quoted]
            for reference, child in pairs[: None if deletion.keys else 0]:
                # An unqualified name is looked up in the parent first.
                same = " AND ".join(
                    f"{target.quoted(other)} = strangler_child.{target.quoted(own)}"
                    for own, other in zip(reference.columns, reference.referred, strict=True)
                )
                for part in in_parts(deletion.keys):
                    those, parameters = deletion.key.any_of(target, part)
                    below = f"EXISTS (SELECT 1 FROM {quoted} WHERE {those} AND {same})"
                    yield from self._of_target(child, below, parameters)

    def _holders(self, batch: RefusedBatch) -> Iterator[tuple[MappedTable, str]]:
        """The rows of the target that have a unique value which the batch writes."""
        target = self._target
        for table in self._tables:
            upsert = batch.upserts.get(table.name)
            if upsert is None or not upsert.rows:
                continue
            for columns in target.keeping_apart(table.target.name):
                if not {*columns}.issubset(upsert.columns):
                    continue
                positions = [upsert.columns.index(name) for name in columns]
                given = [row for row in upsert.rows if all(row[position] is not None for position in positions)]
                key = key_of_table(target, table.target, columns, qualified=False)
                values = key.texts(target, (key_of_row(row, positions) for row in given))
                for part in in_parts(values):
                    condition, parameters = key.any_of(target, part)
                    for other in (one for one in self._tables if one.target.name == table.target.name):
                        yield from self._of_target(other, condition, parameters)

    def _of_target(
        self, table: MappedTable, condition: str, parameters: Sequence[Value]
    ) -> Iterator[tuple[MappedTable, str]]:
        """The rows of a mapping that meet a condition on the target's table, by their source keys.

        Left out where all rows of the source would have to be read to know which these are.
        """
        if not names_origin(table):
            return
        target = self._target
        key = key_of_table(target, table.target, table.key, qualified=False).as_text(target)
        known_by = key_of_table(target, table.target, table.known_by, qualified=False).as_text(target)
        own = f"({claimed(target, table) or 'TRUE'}) AND ({condition})"
        query = f"SELECT {key}, {known_by} FROM {target.quoted(table.target.name)} AS strangler_child WHERE {own}"
        rows = [(str(found), text(number)) for found, number in target.rows(query, parameters)]
        if rows:
            yield from ((table, one) for one in origin_keys(self._source, target, table, rows))


def _references(target: Database, tables: Sequence[MappedTable]) -> Iterator[_Referring]:
    keys = target.foreign_keys()
    for child in tables:
        for parent in tables:
            for key in keys:
                if (key.child, key.parent) == (target.quoted(child.target.name), target.quoted(parent.target.name)):
                    own, referred = _of_source(child, parent, key)
                    yield _Referring(key, child, parent, own, referred)


def _of_source(
    child: MappedTable, parent: MappedTable, key: KeyAction
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The columns of both sources whose values are equal where those of the foreign key are; None where not known."""
    here = {column.target: column for column in child.columns}
    there = {column.target: column for column in parent.columns}
    pairs: list[tuple[str, str]] = []
    for own, referred in zip(key.columns, key.referred, strict=True):
        one, other = here.get(own), there.get(referred)
        if one is None or other is None or one.source is None or other.source is None:
            return None, None
        of = [column.of if isinstance(column, DerivedColumn) else None for column in (one, other)]
        if of[0] != of[1]:
            return None, None
        pairs.append((one.source, other.source))
    return tuple(own for own, _ in pairs), tuple(referred for _, referred in pairs)
