"""Drops the keys of a table while it is filled for the first time, and makes them again afterwards.

Building an index at once costs less than adding every row to it (docs/performance.md). As with foreign keys, the
definitions are in the target from the transaction that drops the keys to the one that makes them again. They stay
dropped only while nothing but chunks is written: whatever has to find a row again, for example to apply a change, has
them made first. No row can be there twice meanwhile, because every chunk is copied once; making the keys shows whether
their values are unique.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress

from strangler_etl.engine.database import Database
from strangler_etl.engine.schema import AwayKey, UniqueKey
from strangler_etl.errors import DatabaseError, RowRefusedError
from strangler_etl.mapping.key_check import key_form
from strangler_etl.mapping.mapping import ExpressionColumn, MappedTable, ServiceMapping
from strangler_etl.records.checkpoint import read_checkpoints

_LOCK_SECONDS = 0.5


def drop_keys(source: Database, target: Database, mapping: ServiceMapping, tables: Sequence[MappedTable]) -> None:
    """Drop the keys of those tables that are empty and not begun, where that is possible without waiting.

    All keys of a table are dropped, or none: they stay where one could not be made again as it is, or something depends
    on it.
    """
    known = read_checkpoints(target, mapping.service)
    places = [table.target.name for table in mapping.tables]
    names = [
        table.target.name for table in tables if table.name not in known and _may_be_without(source, target, table)
    ]
    # Where a foreign key stays, changes to a parent may change rows, which then have to be found again.
    bound = {one.table for one in target.references(names) if one.parent in places}
    names = [name for name in names if places.count(name) == 1 and name not in bound]
    keys = [one for name in names for one in _droppable(target, name)]
    if not keys:
        return
    own, mark = target.own("dropped_key"), target.placeholder
    emptied = sorted({one.table for one in keys})
    # With the keys the copy is slower, but correct.
    with suppress(DatabaseError), target.patience(_LOCK_SECONDS), target.locked(emptied, _LOCK_SECONDS):
        filled = [name for name in emptied if target.rows(f"SELECT 1 FROM {target.quoted(name)} LIMIT 1")]
        for one in keys:
            if one.table in filled or one.drop is None:
                continue
            target.execute(
                f"INSERT INTO {own} (service, table_name, name, is_primary, columns, definition)"
                f" VALUES ({', '.join([mark] * 6)})",
                [mapping.service, one.table, one.name, one.primary, json.dumps(one.columns), one.make],
            )
            target.execute(one.drop)


def _may_be_without(source: Database, target: Database, table: MappedTable) -> bool:
    """Whether a target row contains its source key, and no two rows of the source can get one key."""
    copied = all(isinstance(column, ExpressionColumn) for column in table.key_columns)
    alone = table.claim is None and not table.beside and key_form(source, target, table) is None
    return alone and (copied or table.number is not None)


def _droppable(target: Database, table: str) -> Sequence[UniqueKey]:
    keys = target.unique_keys([table])
    return keys if all(one.drop is not None for one in keys) else ()


def keys_away(target: Database, service: str) -> Sequence[AwayKey]:
    """The keys of a service's tables that are to be made again."""
    return [one for one in target.keys_away() if one.service == service]


def make_keys(target: Database, service: str, table: str) -> bool:
    """Make the dropped keys of a table again, all or none; False where rows have the same values."""
    own, mark = target.own("dropped_key"), target.placeholder
    try:
        with target.transaction():
            there = {one.name for one in target.unique_keys([table])}
            for one in keys_away(target, service):
                if one.table != table:
                    continue
                target.execute(
                    f"DELETE FROM {own} WHERE service = {mark} AND table_name = {mark} AND name = {mark}",
                    [service, one.table, one.name],
                )
                # Somebody may have missed it, and created it by hand.
                if one.name not in there:
                    _make(target, one)
    except RowRefusedError:
        return False
    return True


def _make(target: Database, one: AwayKey) -> None:
    try:
        target.execute(one.definition)
    except RowRefusedError:
        raise
    except DatabaseError as error:
        # A column or a table may have been dropped meanwhile, and nothing that strangler does brings it back.
        what = f"the key {one.name} of {one.table} cannot be made again: {error.what}"
        mend = (
            f"mend that; or make {one.name} by hand as it is to be now, or do without it (DELETE FROM"
            f" {target.own('dropped_key')} WHERE service = '{one.service}' AND name = '{one.name}'); then give this"
            " command again"
        )
        raise DatabaseError(target.address, what, error.remedy or mend) from error
