"""Drops indexes while tables are filled, and makes them again afterwards.

Their definitions are in the target from the transaction that drops them to the one that makes them again: a run that is
killed in between leaves them to the next run, or to `etl clean`. Indexes that keep values unique, and those that belong
to a constraint, are the business of `strangler_etl.run.keys`.
"""

from __future__ import annotations

from collections.abc import Sequence

from strangler_etl.engine.database import Database
from strangler_etl.mapping.mapping import ServiceMapping
from strangler_etl.records.checkpoint import read_checkpoints

_LOCK_SECONDS = 5.0


def drop_indexes(target: Database, mapping: ServiceMapping) -> int:
    """Drop the secondary indexes of the tables of which nothing is copied yet; return how many.

    Raises LockTimeoutError when others keep one of the tables busy.
    """
    known = read_checkpoints(target, mapping.service)
    begun = {table.target.name for table in mapping.tables if table.name in known}
    tables = list(dict.fromkeys(table.target.name for table in mapping.tables if table.target.name not in begun))
    if not any(target.secondary_indexes(name) for name in tables):
        return 0
    own, mark, dropped = target.own("dropped_index"), target.placeholder, 0
    with target.locked(tables, _LOCK_SECONDS):
        for table in tables:
            for index in target.secondary_indexes(table):
                _forget(target, mapping.service, table, index.name)
                target.execute(
                    f"INSERT INTO {own} (service, table_name, name, definition)"
                    f" VALUES ({mark}, {mark}, {mark}, {mark})",
                    [mapping.service, table, index.name, index.definition],
                )
                target.execute(f"DROP INDEX {index.written}")
                dropped += 1
    return dropped


def dropped_indexes(target: Database, service: str) -> Sequence[str]:
    """The names of the indexes that are to be made again."""
    found = target.rows(
        f"SELECT name FROM {target.own('dropped_index')} WHERE service = {target.placeholder} ORDER BY 1", [service]
    )
    return [str(name) for (name,) in found]


def rebuild_indexes(target: Database, service: str) -> int:
    """Make the dropped indexes again, each in a transaction of its own; return how many."""
    own, mark = target.own("dropped_index"), target.placeholder
    found = target.rows(
        f"SELECT table_name, name, definition FROM {own} WHERE service = {mark} ORDER BY 1, 2", [service]
    )
    for table, name, definition in found:
        with target.transaction():
            _forget(target, service, str(table), str(name))
            # Somebody may have missed it, and created it by hand.
            if str(name) not in {index.name for index in target.secondary_indexes(str(table))}:
                target.execute(str(definition))
    return len(found)


def _forget(target: Database, service: str, table: str, name: str) -> None:
    # Indexes of two tables have one name where the tables are in different schemas.
    mark = target.placeholder
    target.execute(
        f"DELETE FROM {target.own('dropped_index')} WHERE service = {mark} AND table_name = {mark} AND name = {mark}",
        [service, table, name],
    )
