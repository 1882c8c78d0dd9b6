"""The key by which each table was copied: its checkpoint, chunks and rejects identify rows by that key."""

from __future__ import annotations

import json

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import key_name
from strangler_etl.errors import BackfillError
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.run.rejects import count_rejects


def write_copied_key(target: Database, service: str, table: MappedTable) -> None:
    """Record the key of a table whose copy begins, in the transaction that writes its checkpoint."""
    own, mark = target.own("copied_key"), target.placeholder
    name, columns = table.name, json.dumps(table.source_key)
    target.execute(f"DELETE FROM {own} WHERE service = {mark} AND table_name = {mark}", [service, name])
    target.execute(
        f"INSERT INTO {own} (service, table_name, columns) VALUES ({mark}, {mark}, {mark})", [service, name, columns]
    )


def require_copied_keys(target: Database, mapping: ServiceMapping) -> None:
    """Raise BackfillError where a table's key is not the one it was copied by, and that still matters.

    It matters until everything is copied, and while rows are set aside. Copies begun by earlier versions are not
    checked.
    """
    service = mapping.service
    known, set_aside = read_checkpoints(target, service), count_rejects(target, service)
    unfinished = {name for name, checkpoint in known.items() if not checkpoint.finished}
    mattering = [table for table in mapping.tables if table.name in {*unfinished, *set_aside}]
    if not mattering:
        return
    found = target.rows(
        f"SELECT table_name, columns FROM {target.own('copied_key')} WHERE service = {target.placeholder}", [service]
    )
    copied_by = {str(name): tuple(map(str, json.loads(str(columns)))) for name, columns in found}
    for table in mattering:
        name, key = table.name, table.source_key
        before = copied_by.get(name, key)
        if before != key:
            what = f"{name} was copied by the key {key_name(before)}, and is known by {key_name(key)} now"
            raise BackfillError(service, what, f"empty the tables: strangler etl clean {service}")
