"""Restores the keys that are dropped while tables are filled, and sets rows aside that duplicate another's values."""

from __future__ import annotations

from collections.abc import Collection

from strangler_etl.copying.copied_rejects import set_aside
from strangler_etl.engine.schema import AwayKey
from strangler_etl.errors import BackfillError, DatabaseError, StalePositionError
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.migration import Migration
from strangler_etl.records.authority import require_fenced
from strangler_etl.records.streams import forward_stream, keep_position, read_position
from strangler_etl.run.keys import keys_away, make_keys


def restore_keys(migration: Migration, most: int, tables: Collection[str] | None = None) -> None:
    """Make the dropped keys of these target tables, or of all, again; call it outside of any transaction.

    Of rows with the same values the one with the first key stays, as when rows are written one after the other; up to
    `most` rows of the service may be set aside. Raises TooManyRejectsError, with the keys still dropped and nothing set
    aside.
    """
    target, service = migration.target, migration.mapping.service
    away = [one for one in keys_away(target, service) if tables is None or one.table in tables]
    for table in dict.fromkeys(one.table for one in away):
        if make_keys(target, service, table):
            continue
        _set_duplicates_aside(migration, [one for one in away if one.table == table], most)
        if not make_keys(target, service, table):
            raise DatabaseError(
                target.address, f"the keys of {table} cannot be made again", f"run: strangler etl run {service}"
            )


def _set_duplicates_aside(migration: Migration, keys: list[AwayKey], most: int) -> None:
    source, target, service = migration.source, migration.target, migration.mapping.service
    stream = forward_stream(service)
    (table,) = (table for table in migration.mapping.tables if table.target.name == keys[0].table)
    while True:
        known = read_position(target, stream)
        try:
            with source.snapshot(), target.transaction(applying=True):
                require_fenced(source, service, target, migration.target_tables)
                keep_position(target, stream, known)
                for key in keys:
                    reason = f'duplicate key value violates unique constraint "{key.name}"'
                    condition = _later_rows(migration, table, key)
                    if {*key.columns} == {*table.key}:
                        _require_none(migration, table, condition)
                    else:
                        set_aside(migration, table, condition, reason, most)
        except StalePositionError:
            continue
        return


def _later_rows(migration: Migration, table: MappedTable, key: AwayKey) -> str:
    """The condition (SQL) that an earlier row has the same values; NULL equals no other value."""
    target = migration.target
    name, columns = target.quoted(key.table), [target.quoted(column) for column in key.columns]
    order = ", ".join(target.quoted(column) for column in (*table.known_by, *table.key))
    given = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    numbered = (
        f"SELECT ctid AS strangler_row, row_number() OVER (PARTITION BY {', '.join(columns)} ORDER BY {order})"
        f" AS strangler_place FROM {name} WHERE {given}"
    )
    return f"ctid IN (SELECT strangler_row FROM ({numbered}) AS strangler_rows WHERE strangler_place > 1)"


def _require_none(migration: Migration, table: MappedTable, condition: str) -> None:
    target, service = migration.target, migration.mapping.service
    if target.rows(f"SELECT 1 FROM {target.quoted(table.target.name)} WHERE {condition} LIMIT 1"):
        what = f"several rows of {table.source.name} have become one row of {table.target.name} by its key"
        raise BackfillError(service, what, f"mend the mapping, then empty the tables: strangler etl clean {service}")
