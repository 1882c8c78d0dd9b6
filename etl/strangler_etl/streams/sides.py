"""The databases and journals of the two sides of a service."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager

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


@contextmanager
def snapshot_of(migration: Migration, side: Side) -> Generator[None]:
    """Read the source in a snapshot.

    The target is read amid the publishing transaction, in which each query sees a state of its own.
    """
    if side is Side.V2:
        yield
        return
    with migration.source.snapshot():
        yield
