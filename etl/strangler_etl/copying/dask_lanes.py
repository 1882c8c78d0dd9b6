"""Copies chunks with the workers of a Dask cluster: the same chunks, in the same transactions, from the same snapshot.

A chunk's rows and the note that it is copied commit in one transaction of the target, so work that is lost with a
worker, a scheduler or a network is either done or not: a chunk whose outcome is unknown is submitted again, and the
second worker finds that it is copied. The run itself, its snapshot, its throttle and its progress stay in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from queue import Empty, SimpleQueue

from strangler.model.errors import UnavailableError
from strangler_etl.copying.dask_cluster import DaskCluster, Task, opened_cluster, require_dask
from strangler_etl.copying.dask_work import (
    AlreadyCopied,
    Copied,
    Failed,
    Outcome,
    Refused,
    Stale,
    copy_chunk,
    get_ready,
)
from strangler_etl.copying.postgres_lanes import Preparation
from strangler_etl.copying.transfer import Errand, Heard
from strangler_etl.engine.database import Database
from strangler_etl.errors import BackfillError, DatabaseError, StalePositionError
from strangler_etl.migration import Addresses, Migration
from strangler_etl.postgres.database import PostgresDatabase
from strangler_etl.records.chunks import read_chunks
from strangler_etl.run.executor import DaskExecutor
from strangler_etl.run.rate import RateUnit
from strangler_etl.run.throttle import Throttle

_LOOK_SECONDS = 0.5
"""How often the throttle and the scheduler are checked while chunks are being copied."""
PATIENCE_SECONDS = 60.0
"""How long a run waits for a scheduler or for workers that have gone."""


class DaskLanes:
    """Lanes that are threads of workers, on any machine."""

    def __init__(
        self,
        source: PostgresDatabase,
        target: PostgresDatabase,
        addresses: Addresses,
        cluster: DaskCluster,
        throttle: Throttle,
    ) -> None:
        self._source = source
        self._target = target
        self._addresses = addresses
        self._cluster = cluster
        self._throttle = throttle
        self._preparation = Preparation(source, target)
        self._numbers = count()

    @property
    def lanes(self) -> int:
        """How many chunks are copied at the same time by the current workers."""
        return max(1, self._cluster.threads)

    def copy(self, errands: Sequence[Errand], copied: Heard) -> Sequence[Errand]:
        """Copy the chunks; see `strangler_etl.copying.transfer.Copier`."""
        refused: list[Errand] = []
        if not errands:
            return refused
        snapshot = str(self._source.rows("SELECT pg_export_snapshot()")[0][0])
        waiting = list(reversed(errands))
        pending: dict[Task[Outcome], Errand] = {}
        heard: SimpleQueue[Task[Outcome]] = SimpleQueue()
        # Keep a second chunk queued for each lane, unless the throttle might make it wait.
        most = self.lanes * (1 if self._throttle.rate else 2)
        try:
            while waiting or pending:
                while waiting and len(pending) < most and not self._throttle.overdue:
                    errand = waiting.pop()
                    task = self._submitted(errand, snapshot)
                    pending[task] = errand
                    task.add_done_callback(heard.put)
                if not pending:
                    break
                waiting += self._lost(pending)
                self._throttle.look()
                task = _next(heard)
                if task is None or task.status not in {"finished", "error"} or task not in pending:
                    continue
                errand = pending.pop(task)
                if (outcome := _outcome(task)) is None:
                    waiting.append(errand)
                    if not self._cluster.connected:
                        waiting += self._begun_again(pending)
                elif (rows := self._rows(errand, outcome)) is None:
                    refused.append(errand)
                else:
                    copied(errand, rows, outcome.seconds if isinstance(outcome, Copied) else None)
        finally:
            for task in pending:
                task.cancel()
        return refused

    def finish(self, tables: Sequence[str], work: Callable[[Database, str], object]) -> None:
        """Do the last work on tables; see `strangler_etl.copying.transfer.Copier`."""
        for table in tables:
            work(self._target, table)

    def _submitted(self, errand: Errand, snapshot: str) -> Task[Outcome]:
        key = f"strangler-{self._cluster.run}-{next(self._numbers)}"
        prepared = self._preparation.of(errand, snapshot)
        return self._cluster.submit(copy_chunk, self._addresses, prepared, self._cluster.run, key=key)

    def _lost(self, pending: dict[Task[Outcome], Errand]) -> list[Errand]:
        """Take out the chunks whose outcome will never be known, once there are workers to do them again."""
        if self._cluster.connected and not any(task.status in {"cancelled", "lost"} for task in pending):
            return []
        return self._begun_again(pending)

    def _begun_again(self, pending: dict[Task[Outcome], Errand]) -> list[Errand]:
        """Connect again, and take out all chunks: tasks of a connection that is closed are cancelled with it."""
        self._reconnect()
        errands = list(reversed(pending.values()))
        pending.clear()
        return errands

    def _reconnect(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._cluster.reconnect()
            except UnavailableError:
                if time.monotonic() > deadline:
                    raise
            else:
                return

    def _rows(self, errand: Errand, outcome: Outcome) -> int | None:
        """Return how many rows a chunk had; None when a row was refused."""
        match outcome:
            case Copied(rows, size, _):
                self._throttle.count(size, RateUnit.BYTES)
                self._throttle.count(rows, RateUnit.ROWS)
                return rows
            case AlreadyCopied():
                return self._taken(errand)
            case Refused():
                return None
            case Stale():
                raise StalePositionError(errand.condition.stream)
            case Failed(where, what):
                raise DatabaseError(where, what)

    def _taken(self, errand: Errand) -> int:
        for chunk in read_chunks(self._target, errand.service).get(errand.chunk.table, ()):
            if chunk.number == errand.chunk.number and chunk.keys == errand.chunk.keys and chunk.rows is not None:
                return chunk.rows
        raise BackfillError(
            errand.service,
            f"another process is copying {errand.chunk.table}",
            "let it finish, or end it and run this command again",
        )


def _next(heard: SimpleQueue[Task[Outcome]]) -> Task[Outcome] | None:
    try:
        return heard.get(timeout=_LOOK_SECONDS)
    except Empty:
        return None


def _outcome(task: Task[Outcome]) -> Outcome | None:
    """Return the outcome of a chunk; None when the scheduler was gone before it could be asked."""
    try:
        return task.result()
    except OSError:
        return None


@contextmanager
def coming_cluster(migration: Migration, executor: DaskExecutor, workers: int) -> Generator[Callable[[], DaskCluster]]:
    """Connect to a cluster, and its workers to the databases, in the background.

    The yielded function waits for that, and raises what `opened_cluster` does. A cluster of our own has `workers`.
    """
    source, target = migration.source, migration.target
    if not isinstance(source, PostgresDatabase) or not isinstance(target, PostgresDatabase):
        raise BackfillError(
            migration.service.name,
            f"Dask copies between PostgreSQL databases, not from {source.dialect} to {target.dialect}",
            "leave out --executor",
        )
    require_dask()

    def connected() -> DaskCluster:
        cluster = stack.enter_context(opened_cluster(executor, workers))
        cluster.prepare(get_ready, migration.addresses, cluster.run)
        return cluster

    with ExitStack() as stack, ThreadPoolExecutor(1, "strangler-cluster") as thread:
        yield thread.submit(connected).result


def dask_lanes(migration: Migration, cluster: DaskCluster, throttle: Throttle) -> DaskLanes:
    """Return lanes between the two PostgreSQL databases of a migration."""
    source, target = migration.source, migration.target
    if not isinstance(source, PostgresDatabase) or not isinstance(target, PostgresDatabase):
        raise TypeError("lanes are between PostgreSQL databases")
    return DaskLanes(source, target, migration.addresses, cluster, throttle)
