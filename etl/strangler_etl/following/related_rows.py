"""The rows of the target that go back differently because other rows were written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Change, Changes
from strangler_etl.engine.keys import in_parts, key_of_table
from strangler_etl.engine.session import text
from strangler_etl.following.changed_keys import changed_keys, former_places
from strangler_etl.following.table_keys import keys_that
from strangler_etl.mapping.mapping import DerivedColumn, MappedTable, ServiceMapping
from strangler_etl.mapping.selects import sql_of


def with_related(source: Database, target: Database, mapping: ServiceMapping, changes: Changes) -> Changes:
    """The changes at the target, plus the unchanged rows that go back differently because of them.

    Such a row refers to a row that has another number now, as it does in the source, is of another kind, or is gone; or
    a row beside it has changed.
    """
    changes = _with_children(source, target, mapping, changes)
    more: list[Change] = []
    for table in mapping.returning:
        for part in table.beside:
            keys = {change.key for change in changes.rows if change.table == part.target.name}
            if None in keys:
                more.append(Change(table.target.name, None))
            more += _children(target, table, table.key, sorted(key for key in keys if key is not None))
    return replace(changes, rows=(*changes.rows, *more)) if more else changes


def _with_children(source: Database, target: Database, mapping: ServiceMapping, changes: Changes) -> Changes:
    moved: dict[str, Sequence[str]] = {}
    for name in {table.source.name for table in mapping.returning}:
        homes, numbers = {home.target.name for home in mapping.homes(name)}, defaultdict[str, set[str]](set)
        for change in changes.rows:
            if change.table in homes and change.key is not None and change.number is not None:
                numbers[change.key].add(change.number)
        moved[name] = [key for key, known in numbers.items() if len(known) > 1]
    for home in (home for kinds in mapping.kinds.values() for home in kinds if home.number is not None):
        moved[home.source.name] = [*moved.get(home.source.name, ()), *_of_another_kind(source, target, home, changes)]
    more = [
        change
        for table, column in _references(mapping)
        for change in _children(target, table, (column.target,), moved.get(column.of, ()))
    ]
    more += _left_behind(target, mapping, changes)
    return replace(changes, rows=(*changes.rows, *more)) if more else changes


def _references(mapping: ServiceMapping) -> Iterator[tuple[MappedTable, DerivedColumn]]:
    """The columns of returning tables that refer to rows."""
    for leader in mapping.returning:
        for table in (leader, *leader.beside):
            for column in table.columns:
                if isinstance(column, DerivedColumn) and column.target not in table.key[: len(table.key) == 1]:
                    yield table, column


def _left_behind(target: Database, mapping: ServiceMapping, changes: Changes) -> Iterator[Change]:
    """The rows that refer to a deleted row where no foreign key of the target prevents that.

    The source may give the row's number to another row, to which they would then refer.
    """
    references = list(_references(mapping))
    gone = {parent: _gone(target, mapping.homes(parent), changes) for parent in {column.of for _, column in references}}
    unchecked = [(table, column) for table, column in references if gone[column.of] != []]
    if not unchecked:
        return
    # SQLite checks foreign keys only for connections that ask for it.
    keys = () if target.dialect == "sqlite" else target.foreign_keys()
    checked = {(key.child, key.columns) for key in keys}
    for table, column in unchecked:
        parents = gone[column.of]
        if (target.quoted(table.target.name), (column.target,)) in checked:
            continue
        if parents is None:
            yield Change(table.target.name, None)
        else:
            yield from _children(target, table, (column.target,), parents)


def _gone(target: Database, homes: Sequence[MappedTable], changes: Changes) -> Sequence[str] | None:
    """The keys of changed rows that no table has any more; None where it may be any key."""
    found = [changed_keys(changes, name) for name in {home.target.name for home in homes}]
    if any(truncated for _, truncated in found):
        return None
    keys = sorted(set[str]().union(*(known for known, _ in found)))
    there = {key for home in homes for key in keys_that(target, home.target, home.key, keys, "TRUE")}
    return [key for key in keys if key not in there]


def _children(
    target: Database, table: MappedTable, columns: tuple[str, ...], parents: Sequence[str]
) -> Iterator[Change]:
    """The rows of a table whose `columns` have one of these keys, as if they had changed."""
    key = key_of_table(target, table.target, table.key)
    number = key_of_table(target, table.target, table.known_by).as_text(target) if table.number else "NULL"
    refers = key_of_table(target, table.target, columns)
    for part in in_parts(parents):
        condition, parameters = refers.any_of(target, part)
        found = target.rows(
            f"SELECT {key.as_text(target)}, {number} FROM {target.quoted(table.target.name)} WHERE {condition}",
            parameters,
        )
        for child, known_by in found:
            yield Change(table.target.name, str(child), text(known_by))


def _of_another_kind(source: Database, target: Database, home: MappedTable, changes: Changes) -> Sequence[str]:
    """The rows that belonged to a source table, and now go back to another one."""
    assert home.home is not None
    keys = sorted({change.key for change, _ in former_places(source, target, home, changes.rows) if change.key})
    return keys_that(target, home.target, home.key, keys, f"({sql_of(target, home.home)}) IS NOT TRUE")
