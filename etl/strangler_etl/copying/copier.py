"""Chooses how chunks get from one engine to the other."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from strangler_etl.copying.transfer import Copier, OneLane
from strangler_etl.migration import Migration
from strangler_etl.run.executor import DaskExecutor
from strangler_etl.run.throttle import Throttle


@contextmanager
def opened_copier(
    migration: Migration, lanes: int, throttle: Throttle, executor: DaskExecutor | None = None
) -> Generator[Copier]:
    """What copies the chunks of a migration: in several lanes between PostgreSQL databases, otherwise in one."""
    if executor is not None:
        # Its drivers are an extra, and so is Dask.
        from strangler_etl.copying.dask_lanes import opened_dask_lanes  # noqa: PLC0415

        with opened_dask_lanes(migration, executor, lanes, throttle) as copier:
            yield copier
    elif migration.source.dialect == migration.target.dialect == "postgres":
        # Its drivers are an extra.
        from strangler_etl.copying.postgres_lanes import opened_lanes  # noqa: PLC0415

        with opened_lanes(migration, lanes, throttle) as copier:
            yield copier
    elif (migration.source.dialect, migration.target.dialect) == ("sqlite", "postgres"):
        from strangler_etl.copying import sqlite_to_postgres  # noqa: PLC0415

        with sqlite_to_postgres.opened_copier(migration, throttle) as copier:
            yield copier
    elif (migration.source.dialect, migration.target.dialect) == ("mariadb", "postgres"):
        from strangler_etl.copying import mariadb_to_postgres  # noqa: PLC0415

        with mariadb_to_postgres.opened_copier(migration, throttle) as copier:
            yield copier
    else:
        yield OneLane(migration.source, migration.target, throttle)
