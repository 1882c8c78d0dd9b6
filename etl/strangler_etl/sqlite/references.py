"""The foreign keys of a SQLite table: they cannot be dropped, only left unchecked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from strangler_etl.engine.database import Upsert
from strangler_etl.engine.outside_references import KeyColumn, OutsideReference, references_of_columns
from strangler_etl.engine.schema import Reference
from strangler_etl.engine.session import Session
from strangler_etl.errors import RowRefusedError


def references_of(session: Session, table: str) -> Iterator[Reference]:
    """The foreign keys of one table; a key that names no columns of its parent refers to the primary key."""
    found = session.rows(
        'SELECT key.id, parent.name, key."from", coalesce(key."to", own.name)'
        " FROM pragma_foreign_key_list(?) AS key"
        " JOIN sqlite_master AS parent ON parent.type = 'table' AND lower(parent.name) = lower(key.\"table\")"
        ' LEFT JOIN pragma_table_info(parent.name) AS own ON key."to" IS NULL AND own.pk = key.seq + 1'
        " ORDER BY key.id, key.seq",
        [table],
    )
    columns: dict[int, list[tuple[str, str]]] = {}
    parents: dict[int, str] = {}
    for number, parent, column, of_parent in found:
        columns.setdefault(int(str(number)), []).append((str(column), str(of_parent)))
        parents[int(str(number))] = str(parent)
    for number, pairs in columns.items():
        parent = parents[number]
        own = [f"{session.quoted(table)}.{session.quoted(column)}" for column, _ in pairs]
        given = " AND ".join(f"{column} IS NOT NULL" for column in own)
        equal = " AND ".join(
            f"strangler_parent.{session.quoted(other)} = {column}"
            for column, (_, other) in zip(own, pairs, strict=True)
        )
        orphans = f"({given}) AND NOT EXISTS (SELECT 1 FROM {session.quoted(parent)} AS strangler_parent WHERE {equal})"
        name = f"{table} ({', '.join(column for column, _ in pairs)}) to {parent}"
        yield Reference(name, table, parent, orphans, drop=None, make=None)


def check_references(session: Session, written: Upsert) -> None:
    """Raise RowRefusedError where one of the written rows is an orphan.

    Does not use ``PRAGMA foreign_key_check``, which reads the whole table.
    """
    table, positions = session.quoted(written.table), [written.columns.index(name) for name in written.key]
    known_by = " AND ".join(f"{table}.{session.quoted(name)} = ?" for name in written.key)
    for reference in references_of(session, written.table):
        for row in written.rows:
            condition, values = f"{known_by} AND {reference.orphans}", [row[position] for position in positions]
            if session.rows(f"SELECT 1 FROM {table} WHERE {condition}", values):
                what = f"a foreign key of {written.table} to {reference.parent} has no row there"
                raise RowRefusedError(session.address, what)


_OUTSIDE = """
SELECT child.name, key.id, parent.name, key."from", coalesce(key."to", own.name), key.on_delete
  FROM sqlite_master AS child
  JOIN pragma_foreign_key_list(child.name) AS key
  JOIN sqlite_master AS parent ON parent.type = 'table' AND lower(parent.name) = lower(key."table")
  LEFT JOIN pragma_table_info(parent.name) AS own ON key."to" IS NULL AND own.pk = key.seq + 1
 WHERE child.type = 'table'
 ORDER BY child.name, key.id, key.seq
"""


def outside_references(session: Session, tables: Sequence[str]) -> Sequence[OutsideReference]:
    """The foreign keys from other tables to these."""
    return _between(session, lambda child, parent: parent in tables and child not in tables)


def leaving_references(session: Session, tables: Sequence[str]) -> Sequence[OutsideReference]:
    """The foreign keys from these tables to others."""
    return _between(session, lambda child, parent: child in tables and parent not in tables)


def _between(session: Session, wanted: Callable[[str, str], bool]) -> Sequence[OutsideReference]:
    rows = [tuple(map(str, row)) for row in session.rows(_OUTSIDE)]
    names: dict[tuple[str, str], str] = {}
    for child, number, _, column, _, _ in rows:
        known = names.get((child, number))
        names[child, number] = f"{child}.{column}" if known is None else f"{known}, {column}"
    found = (
        KeyColumn(
            names[child, number],
            child,
            session.quoted(child),
            parent,
            session.quoted(parent),
            column,
            referred,
            on_delete,
            None,
        )
        for child, number, parent, column, referred, on_delete in rows
        if wanted(child, parent)
    )
    return tuple(sorted(references_of_columns(found), key=lambda one: (one.child, one.name)))
