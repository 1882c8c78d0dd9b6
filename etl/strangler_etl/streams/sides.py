"""Which journal holds what a side of a service writes."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.model.authority import Side
from strangler_etl.engine.database import Database
from strangler_etl.engine.journal import JournaledTable
from strangler_etl.migration import Migration


def journal_of(migration: Migration, side: Side) -> tuple[Database, Sequence[JournaledTable]]:
    """The database whose journal holds what a side writes, and the tables of the service there."""
    mapping = migration.mapping
    if side is Side.V2:
        return migration.target, mapping.journaled_target
    owned = {table.source.name for table in mapping.owned}
    return migration.source, [table for table in mapping.journaled_source if table.name in owned]
