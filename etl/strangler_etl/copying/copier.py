"""Chooses how chunks get from one engine to the other."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from strangler_etl.copying.transfer import Copier, OneLane
from strangler_etl.migration import Migration
from strangler_etl.run.executor import DaskExecutor
from strangler_etl.run.throttle import Throttle

if TYPE_CHECKING:
    from strangler_etl.copying.dask_cluster import DaskCluster


@contextmanager
def coming_cluster(
    migration: Migration, executor: DaskExecutor | None, workers: int
) -> Generator[Callable[[], DaskCluster] | None]:
    """Start connecting to the cluster that is to copy, if there is one; the yielded function waits for it."""
    if executor is None:
        yield None
        return
    # Its drivers are an extra, and so is Dask.
    from strangler_etl.copying import dask_lanes  # noqa: PLC0415

    with dask_lanes.coming_cluster(migration, executor, workers) as cluster:
        yield cluster


@contextmanager
def opened_copier(
    migration: Migration,
    lanes: int,
    throttle: Throttle,
    clock: Callable[[], float],
    cluster: Callable[[], DaskCluster] | None = None,
) -> Generator[Copier]:
    """Yield the copier of a migration: several lanes between PostgreSQL databases, otherwise one.

    The `clock` (seconds) measures how long each chunk takes.
    """
    if cluster is not None:
        from strangler_etl.copying.dask_lanes import dask_lanes  # noqa: PLC0415

        yield dask_lanes(migration, cluster(), throttle)
    elif migration.source.dialect == migration.target.dialect == "postgres":
        # Its drivers are an extra.
        from strangler_etl.copying.postgres_lanes import opened_lanes  # noqa: PLC0415

        with opened_lanes(migration, lanes, throttle, clock) as copier:
            yield copier
    elif (migration.source.dialect, migration.target.dialect) == ("sqlite", "postgres"):
        from strangler_etl.copying import sqlite_to_postgres  # noqa: PLC0415

        with sqlite_to_postgres.opened_copier(migration, throttle, clock) as copier:
            yield copier
    elif (migration.source.dialect, migration.target.dialect) == ("mariadb", "postgres"):
        from strangler_etl.copying import mariadb_to_postgres  # noqa: PLC0415

        with mariadb_to_postgres.opened_copier(migration, throttle, clock) as copier:
            yield copier
    else:
        yield OneLane(migration.source, migration.target, throttle, clock)
