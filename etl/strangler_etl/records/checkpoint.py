"""How far the copy of each table has come: kept in the target, and changed with the rows it describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strangler_etl.engine.database import Database
from strangler_etl.errors import BackfillError
from strangler_etl.mapping.mapping import ServiceMapping


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The rows of a mapped table (by its name) up to the key `last_key` (in text form) are copied: `rows` of them.

    Without a `last_key` no row is copied, or all of them when the table is `finished`. The table's chunks record what
    is copied beyond the key.
    """

    table: str
    last_key: str | None = None
    rows: int = 0
    finished: bool = False


def read_checkpoints(target: Database, service: str) -> Mapping[str, Checkpoint]:
    """The checkpoints of a service by the names of its mapped tables; a table whose copy has not begun has none."""
    found = target.rows(
        f"SELECT table_name, last_key, rows, finished FROM {target.own('checkpoint')}"
        f" WHERE service = {target.placeholder}",
        [service],
    )
    return {
        str(table): Checkpoint(str(table), None if last_key is None else str(last_key), int(str(rows)), bool(finished))
        for table, last_key, rows, finished in found
    }


def replace_checkpoint(target: Database, service: str, expected: Checkpoint | None, new: Checkpoint) -> None:
    """Replace `expected` (None: nothing) with `new`, in the transaction that writes the rows.

    Raises BackfillError when the checkpoint is another one. The first caller makes others wait until its transaction
    ends.
    """
    table, mark = target.own("checkpoint"), target.placeholder
    if expected is None:
        changed = target.execute(
            f"INSERT INTO {table} (service, table_name, last_key, rows, finished)"
            f" VALUES ({mark}, {mark}, {mark}, {mark}, {mark}) ON CONFLICT (service, table_name) DO NOTHING",
            [service, new.table, new.last_key, new.rows, new.finished],
        )
    else:
        key, keys = ("IS NULL", []) if expected.last_key is None else (f"= {mark}", [expected.last_key])
        changed = target.execute(
            f"UPDATE {table} SET last_key = {mark}, rows = {mark}, finished = {mark}"
            f" WHERE service = {mark} AND table_name = {mark} AND rows = {mark} AND finished = {mark}"
            f" AND last_key {key}",
            [
                *(new.last_key, new.rows, new.finished),
                *(service, new.table, expected.rows, expected.finished, *keys),
            ],
        )
    if changed != 1:
        raise BackfillError(
            service, f"another process is copying {new.table}", "let it finish, or end it and run this command again"
        )


def require_backfilled(target: Database, mapping: ServiceMapping) -> None:
    """Raise BackfillError, which names the tables not copied yet, unless every row is in the target."""
    known = read_checkpoints(target, mapping.service).values() if target.installed else ()
    finished = {checkpoint.table for checkpoint in known if checkpoint.finished}
    if missing := [table.name for table in mapping.tables if table.name not in finished]:
        raise BackfillError(
            mapping.service, f"not copied yet: {', '.join(missing)}", f"run: strangler etl run {mapping.service}"
        )
