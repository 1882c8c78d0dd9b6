"""The keys of changed rows: as the journal has them, and as the other side does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from uuid import UUID

from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import Change, Changes
from strangler_etl.engine.keys import in_parts, key_of_parts, key_of_table, parts_of_key, row_of_key
from strangler_etl.engine.session import Row, Value
from strangler_etl.following.parent_numbers import parent_numbers
from strangler_etl.mapping.crossing import crossed
from strangler_etl.mapping.mapping import DerivedColumn, MappedColumn, MappedTable, ServiceMapping
from strangler_etl.mapping.selects import KeyRange, Select, touched_select
from strangler_etl.sqlite.bytes_keys import text_of
from strangler_etl.values.conversions import Family, family_of
from strangler_etl.values.derived_key import derived_key


def touched_keys(source: Database, table: MappedTable, changes: Changes) -> tuple[list[str], bool]:
    """The source keys whose target rows may differ after the changes, and whether any other row may, too."""
    keys, truncated = changed_keys(changes, table.source.name)
    for join in table.joins:
        joined, gone = changed_keys(changes, join.table.name)
        truncated |= gone
        select = touched_select(source, table, join)
        keys.update(str(row[0]) for row in rows_of_keys(source, select, sorted(joined)))
    key = key_of_table(source, table.source, table.source_key)
    return sorted({*key.texts(source, sorted(keys))}), truncated


def changed_keys(changes: Changes, table: str) -> tuple[set[str], bool]:
    """The keys of the changed rows of one table, and whether any other row may have changed, too."""
    keys = {change.key for change in changes.rows if change.table == table}
    return {key for key in keys if key is not None}, None in keys


def rows_of_keys(
    database: Database, select: Select, keys: Sequence[str], within: Sequence[KeyRange] = (KeyRange(),)
) -> Iterator[Row]:
    """The rows that exist with one of these keys, `within` one of the ranges."""
    for part in in_parts(keys):
        yield from database.carried(*select.of_keys(database, part, within))


def target_keys(source: Database, table: MappedTable, keys: Sequence[str]) -> list[str]:
    """The target keys of source rows, which may be gone, in the order of `keys`."""
    parts = [parts_of_key(key, len(table.source_key)) for key in keys]
    columns = [
        _in_target(source, table, column, [each[position] for each in parts])
        for position, column in enumerate(table.key_columns)
    ]
    return [key_of_parts(each) for each in zip(*columns, strict=True)]


def _in_target(source: Database, table: MappedTable, column: MappedColumn, texts: Sequence[str]) -> Sequence[str]:
    """The values of a column of the target's key for each of these texts of the source column."""
    if isinstance(column, DerivedColumn):
        known = mapped_keys(source, column.of, texts)
        return [known.get(one) or str(derived_key(column.of, one)) for one in texts]
    type_ = table.source.columns[column.source].type if column.source else ""
    if source.dialect == "mariadb" and family_of(type_) is Family.BYTES:
        # The text of such a value is its digits alone.
        to_uuid = family_of(table.target.columns[column.target].type) is Family.IDENTIFIER
        return [str(UUID(one)) if to_uuid and len(one) == 32 else f"\\x{one.lower()}" for one in texts]
    return texts


def mapped_keys(source: Database, table: str, keys: Iterable[str]) -> Mapping[str, str]:
    """The key map's entries for these rows of a source table: source key -> target key."""
    found: dict[str, str] = {}
    for part in in_parts(sorted(keys)):
        condition, parameters = source.any_of("source_key", "text", part)
        rows = source.rows(
            f"SELECT source_key, target_key FROM {source.own('key_map')}"
            f" WHERE table_name = {source.placeholder} AND {condition}",
            [table, *parameters],
        )
        found.update((str(source_key), str(target_key)) for source_key, target_key in rows)
    return found


def source_keys(
    source: Database, target: Database, mapping: ServiceMapping, table: MappedTable, changes: Changes
) -> list[str] | None:
    """The source keys that changed target rows have, or had; a row without one was never in the source.

    None where a key is no longer known: the row that a target key refers to is gone without a trace.
    """
    changed = [change for change in changes.rows if change.table == table.target.name]
    if table.remapped and table.number is not None:
        changed = [change for change, _ in former_places(source, target, table, changed)]
    numbers = [change.number if table.number else change.key for change in changed]
    given = [number for number in numbers if number is not None]
    # Not as the journal writes them: its texts of timestamps differ.
    known = key_of_table(target, table.target, table.known_by).texts(target, given)
    if len(table.key) > 1:
        parts = [parts_of_key(number, len(table.key)) for number in known]
        columns = [[frozenset((each[position],)) for each in parts] for position in range(len(table.key))]
        for position, (column, texts) in enumerate(zip(table.key_columns, columns, strict=True)):
            if isinstance(column, DerivedColumn):
                keys = [each[position] for each in parts]
                of_parents = parent_numbers(source, target, mapping.homes(column.of), keys, changes)
                if not of_parents.keys() >= {*keys}:
                    return None
                texts[:] = [of_parents[key] for key in keys]
        known = [key_of_parts(each) for row in zip(*columns, strict=True) for each in product(*row)]
    return as_in_source(source, target, table, known)


def former_places(
    source: Database, target: Database, table: MappedTable, changes: Iterable[Change]
) -> Sequence[tuple[Change, str]]:
    """The changes of a table's target whose row was the source row that its number names, each with that source key.

    Another row of the target may have had a number that is taken, or a number of a table with the same target. The
    table has keys of its own, and a number beside them.
    """
    given = [change for change in changes if change.table == table.target.name and change.number is not None]
    known_by = key_of_table(target, table.target, table.known_by)
    texts = known_by.texts(target, [change.number for change in given])
    numbers = as_in_source(source, target, table, texts)
    known = mapped_keys(source, table.source.name, numbers)
    return [
        (change, number)
        for change, number in zip(given, numbers, strict=True)
        if change.key == (known.get(number) or str(derived_key(table.source.name, number)))
    ]


def as_in_source(source: Database, target: Database, table: MappedTable, keys: Iterable[Value]) -> list[str]:
    """Keys from the target as the source writes them: an engine without UUIDs may store them without dashes."""
    columns = [(name, table.source.columns[name].type) for name in table.source_key]
    rows = [row_of_key(key, len(columns)) for key in keys]
    return [
        key_of_parts([text_of(part) for part in row])
        for row in crossed(target, source, rows, table.target.name, columns)
    ]
