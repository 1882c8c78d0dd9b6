"""The tables of a service, as its mapping in strangler.toml makes them from the monolith's tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from strangler.contracts.key_types import column_of, key_type
from strangler.model.tables import Column, Table
from strangler.project import ColumnSource, KeyColumn, KeyKind, MaskedColumn, TableMapping

_NAME = r'(\w+|"(?:[^"]|"")+")'
_COPIED = re.compile(rf"(?:{_NAME}\.)?{_NAME}(?:::(.+))?")
"""``created_at``, ``"createdAt"::timestamptz`` or, for a column of a joined table, ``category.name``."""


def mapped_tables(
    tables: Sequence[Table], mappings: Sequence[TableMapping], known: Mapping[str, Table]
) -> tuple[Table, ...]:
    """Each table with the names and types of its target; a table without a mapping is unchanged.

    A mapping without columns only renames its table. `known` are all tables of the monolith, by name, for the types of
    references. A computed column has its SQL expression in place of a type, for people to decide.
    """
    found: list[Table] = []
    for table in tables:
        own = [item for item in mappings if item.source == table.name]
        found += [_mapped(table, item, known) for item in own] or [table]
    return tuple(found)


def _mapped(table: Table, mapping: TableMapping, known: Mapping[str, Table]) -> Table:
    if not mapping.columns:
        return table if mapping.target == table.name else replace(table, name=mapping.target, model=None)
    columns = tuple(_columns(table, mapping.columns, known))
    return replace(table, name=mapping.target, model=None, columns=columns, foreign_keys=())


def _columns(table: Table, columns: Mapping[str, ColumnSource], known: Mapping[str, Table]) -> Iterator[Column]:
    for name, source in columns.items():
        match source:
            case KeyColumn(kind, of, column):
                given = column_of(table, column or name)
                is_nullable = given is not None and given.nullable
                yield Column(name, "uuid" if kind is KeyKind.UUID else _key(table, of, known), is_nullable)
            case MaskedColumn(sql=sql):
                given = _copied(table, sql, known)
                yield Column(name, "text", given is not None and given.nullable)
            case _:
                given = _copied(table, source.sql, known)
                yield Column(name, source.sql) if given is None else replace(given, name=name)


def _key(table: Table, of: str | None, known: Mapping[str, Table]) -> str:
    """The type of the source's own key."""
    owner = table if of is None else known.get(of)
    key = next((column for column in owner.columns if column.primary_key), None) if owner is not None else None
    return "" if owner is None or key is None else key_type(key, owner, known)


def _copied(table: Table, sql: str, known: Mapping[str, Table]) -> Column | None:
    """The column that is copied, with the type it is cast to; None if it is computed.

    Every copied row has a joined row, because a row that joins nothing is not copied.
    """
    match = _COPIED.fullmatch(sql.strip())
    if match is None:
        return None
    named = _unquoted(match[1] or table.name)
    owner = table if named == table.name else known.get(named)
    found = None if owner is None else column_of(owner, _unquoted(match[2]))
    if owner is None or found is None:
        return None
    return replace(
        found, type=match[3] or key_type(found, owner, known), primary_key=found.primary_key and owner is table
    )


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
