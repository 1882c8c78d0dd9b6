"""Which source rows the target keys of parents mean, whose numbers may change: on the way back only they say it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Change, Changes
from strangler_etl.engine.keys import in_parts, key_of_table
from strangler_etl.engine.session import text
from strangler_etl.mapping.mapping import DerivedColumn, MappedTable, ServiceMapping


def parent_numbers(
    source: Database, target: Database, parents: Sequence[MappedTable], keys: Sequence[str], changes: Changes
) -> Mapping[str, frozenset[str]]:
    """The source keys that rows with these target keys have, or had before the changes, as the target does.

    The `parents` are the homes of one source table. A row that is gone by now is known by what the journal says of it,
    or by the key map; unknown ones are left out.
    """
    wanted = sorted({*keys})
    found: defaultdict[str, set[str]] = defaultdict(set)
    tables = {parent.target.name for parent in parents}
    for change in changes.rows:
        if change.table in tables and change.key is not None:
            found[change.key].add(change.number or change.key)
    for part in in_parts(wanted):
        for parent in parents:
            for known in (_mapped(source, parent, part), _there(target, parent, part)):
                for key, number in known.items():
                    found[key].add(number)
    return {key: frozenset(numbers) for key, numbers in found.items()}


def with_related(target: Database, mapping: ServiceMapping, changes: Changes) -> Changes:
    """The changes at the target, and the rows that go back otherwise because of them, though nothing was written there.

    They refer to a row which has another number now, as they do in the source, or one beside them has changed.
    """
    changes = _with_children(target, mapping, changes)
    more: list[Change] = []
    for table in mapping.returning:
        for part in table.beside:
            keys = {change.key for change in changes.rows if change.table == part.target.name}
            if None in keys:
                more.append(Change(table.target.name, None))
            more += _children(target, table, table.key, sorted(key for key in keys if key is not None))
    return replace(changes, rows=(*changes.rows, *more)) if more else changes


def _with_children(target: Database, mapping: ServiceMapping, changes: Changes) -> Changes:
    moved: dict[str, Sequence[str]] = {}
    for source in {table.source.name for table in mapping.returning}:
        homes, numbers = {home.target.name for home in mapping.homes(source)}, defaultdict[str, set[str]](set)
        for change in changes.rows:
            if change.table in homes and change.key is not None and change.number is not None:
                numbers[change.key].add(change.number)
        moved[source] = [key for key, known in numbers.items() if len(known) > 1]
    if not any(moved.values()):
        return changes
    more = [
        change
        for leader in mapping.returning
        for table in (leader, *leader.beside)
        for column in table.columns
        if isinstance(column, DerivedColumn) and column.target not in table.key[: len(table.key) == 1]
        for change in _children(target, table, (column.target,), moved.get(column.of, ()))
    ]
    return replace(changes, rows=(*changes.rows, *more))


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


def _mapped(source: Database, parent: MappedTable, keys: Sequence[str]) -> Mapping[str, str]:
    condition, parameters = source.any_of("target_key", "text", keys)
    rows = source.rows(
        f"SELECT target_key, source_key FROM {source.own('key_map')}"
        f" WHERE table_name = {source.placeholder} AND {condition}",
        [parent.source.name, *parameters],
    )
    return {str(target_key): str(source_key) for target_key, source_key in rows}


def _there(target: Database, parent: MappedTable, keys: Sequence[str]) -> Mapping[str, str]:
    key = key_of_table(target, parent.target, parent.key)
    known_by = key_of_table(target, parent.target, parent.known_by)
    condition, parameters = key.any_of(target, keys)
    rows = target.rows(
        f"SELECT {key.as_text(target)}, {known_by.as_text(target)} FROM {target.quoted(parent.target.name)}"
        f" WHERE {condition}",
        parameters,
    )
    return {str(target_key): str(number) for target_key, number in rows if number is not None}
