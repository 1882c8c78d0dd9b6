"""The tables that strangler created in a target, so that it drops no others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.engine.database import Database


@dataclass(frozen=True, slots=True)
class CreatedTable:
    """A table created for a service, its identity at that time, and the types created for it."""

    name: str
    identity: str
    types: tuple[str, ...]


def note_created(target: Database, service: str, table: str, types: Sequence[str]) -> None:
    """Record a new table, in the transaction that created it."""
    mark = target.placeholder
    target.execute(
        f"DELETE FROM {target.own('created_table')} WHERE service = {mark} AND table_name = {mark}", [service, table]
    )
    target.execute(
        f"INSERT INTO {target.own('created_table')} (service, table_name, identity, types)"
        f" VALUES ({', '.join([mark] * 4)})",
        [service, table, target.identity(table), json.dumps(list(types))],
    )


def read_created(target: Database, service: str) -> tuple[CreatedTable, ...]:
    """The created tables of a service that are still the same tables."""
    found = target.rows(
        f"SELECT table_name, identity, types FROM {target.own('created_table')}"
        f" WHERE service = {target.placeholder} ORDER BY table_name",
        [service],
    )
    noted = [CreatedTable(str(name), str(known), tuple(json.loads(str(types)))) for name, known, types in found]
    return tuple(one for one in noted if target.identity(one.name) == one.identity)


def forget_created(target: Database, service: str, tables: Sequence[str]) -> None:
    """Forget tables that are gone."""
    mark = target.placeholder
    for table in tables:
        target.execute(
            f"DELETE FROM {target.own('created_table')} WHERE service = {mark} AND table_name = {mark}",
            [service, table],
        )
