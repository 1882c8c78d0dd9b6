"""Copies chunks between two PostgreSQL databases, several at the same time, in blocks that pass through unread."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Event, Lock

import psycopg

from strangler.secret import DatabaseUrl
from strangler_etl.copying.transfer import Errand, Heard, write_chunk
from strangler_etl.engine.database import Database
from strangler_etl.errors import DatabaseError, RowRefusedError
from strangler_etl.migration import Migration
from strangler_etl.postgres.binary_copy import CopyFormat, copy_format
from strangler_etl.postgres.block_reader import BlockReader
from strangler_etl.postgres.database import PostgresDatabase
from strangler_etl.postgres.loading import CopyForm, Loading
from strangler_etl.postgres.login import Login
from strangler_etl.run.rate import RateUnit
from strangler_etl.run.throttle import Throttle

_LOOK_SECONDS = 0.5
"""How often the throttle is checked while chunks are being copied."""


@dataclass(frozen=True, slots=True)
class LaneErrand:
    """An errand between two PostgreSQL databases: its complete query, as seen in an exported `snapshot`."""

    errand: Errand
    snapshot: str
    sql: str
    binary: bool


class Lane:
    """One connection to each database; used by one thread."""

    def __init__(self, login: Login, source_address: str, target: DatabaseUrl, throttle: Throttle) -> None:
        self._throttle = throttle
        self._stopped = Event()
        with ExitStack() as opened:
            self._reader = opened.enter_context(BlockReader(login, source_address))
            self._target = opened.enter_context(PostgresDatabase(target))
            self._target.forbid_hidden_rows()
            self._opened = opened.pop_all()

    def close(self) -> None:
        """End both connections; what is not committed is undone."""
        self._opened.close()

    def stop(self) -> None:
        """Give up the chunk that is being copied; call it from another thread."""
        self._stopped.set()
        with suppress(psycopg.Error):
            self._target.cancel()

    def copy(self, errand: LaneErrand) -> int:
        """Copy a chunk and return its number of rows; rows that are there already become what the source says."""
        form = CopyForm.BINARY if errand.binary else CopyForm.TEXT

        def rows(one: Errand) -> int:
            return self._target.load(one.into, lambda loading: self._read(errand, loading), form)

        return write_chunk(self._target, errand.errand, rows)

    def finish(self, table: str, work: Callable[[Database, str], object]) -> None:
        """Do the last work on a table."""
        work(self._target, table)

    def _read(self, errand: LaneErrand, loading: Loading) -> None:
        def write(block: bytes) -> None:
            if self._stopped.is_set():
                raise DatabaseError(self._target.address, "the copy was given up")
            loading(block)
            self._throttle.count(len(block), RateUnit.BYTES)
            self._throttle.pause(self._stopped.is_set)

        self._reader.copy_out(errand.snapshot, errand.sql, write, binary=errand.binary)


class Lanes:
    """Copies chunks in several lanes; `source` is the connection whose snapshot they see."""

    def __init__(
        self,
        source: PostgresDatabase,
        target: PostgresDatabase,
        lanes: Sequence[Lane],
        throttle: Throttle,
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._throttle = throttle
        self._clock = clock
        self._reading = Lock()
        self._lanes = lanes
        self._free: SimpleQueue[Lane] = SimpleQueue()
        self._preparation = Preparation(source, target)
        for lane in lanes:
            self._free.put(lane)

    @property
    def lanes(self) -> int:
        """How many chunks are copied at the same time."""
        return len(self._lanes)

    def copy(self, errands: Sequence[Errand], copied: Heard) -> Sequence[Errand]:
        """Copy the chunks; see `strangler_etl.copying.transfer.Copier`."""
        refused: list[Errand] = []
        if not errands:
            return refused
        snapshot = str(self._source.rows("SELECT pg_export_snapshot()")[0][0])
        with ThreadPoolExecutor(len(self._lanes), "strangler-lane") as pool:
            submitted = {pool.submit(self._copy, self._preparation.of(errand, snapshot)): errand for errand in errands}
            pending = set(submitted)
            try:
                while pending:
                    done, pending = wait(pending, _LOOK_SECONDS, FIRST_COMPLETED)
                    self._throttle.look()
                    for each in done:
                        if isinstance(each.exception(), RowRefusedError):
                            refused.append(submitted[each])
                        elif (outcome := each.result()) is not None:
                            copied(submitted[each], *outcome)
            except BaseException as error:
                self._give_up(pending, now=not isinstance(error, Exception))
                raise
        return refused

    def finish(self, tables: Sequence[str], work: Callable[[Database, str], object]) -> None:
        """Do the last work on tables; see `strangler_etl.copying.transfer.Copier`."""
        with ThreadPoolExecutor(len(self._lanes), "strangler-lane") as pool:
            for _ in pool.map(partial(self._finish, work=work), tables):
                pass

    def _finish(self, table: str, work: Callable[[Database, str], object]) -> None:
        lane = self._free.get()
        try:
            lane.finish(table, work)
        finally:
            self._free.put(lane)

    def _copy(self, errand: LaneErrand) -> tuple[int, float] | None:
        """Copy a chunk in the next free lane; return its rows and seconds, None when it is left for later."""
        lane = self._free.get()
        try:
            if self._throttle.overdue:
                return None
            begun = self._now()
            rows = lane.copy(errand)
            seconds = self._now() - begun
        finally:
            self._free.put(lane)
        self._throttle.count(rows, RateUnit.ROWS)
        return rows, seconds

    def _now(self) -> float:
        # A clock need not be safe for several threads.
        with self._reading:
            return self._clock()

    def _give_up(self, pending: set[Future[tuple[int, float] | None]], *, now: bool) -> None:
        """Start no further chunk; those being copied are finished, unless it has to be `now`."""
        for each in pending:
            each.cancel()
        for lane in self._lanes if now else ():
            lane.stop()


class Preparation:
    """Completes errands for lanes between two databases, asking each database once per table."""

    def __init__(self, source: PostgresDatabase, target: PostgresDatabase) -> None:
        self._source = source
        self._target = target
        self._formats: dict[str, CopyFormat] = {}

    def of(self, errand: Errand, snapshot: str) -> LaneErrand:
        """Return an errand whose rows are those of an exported `snapshot` of the source."""
        source, target = self._source, self._target
        # By mapping, not by target: source columns of several mappings with one target may differ in type.
        name = errand.chunk.table
        format_ = self._formats.get(name)
        if format_ is None:
            format_ = copy_format(source, target, (errand.sql, errand.parameters), errand.table, errand.columns)
            self._formats[name] = format_
        sql = format_.query(target, source.rendered(errand.sql, errand.parameters), errand.columns)
        return LaneErrand(errand, snapshot, sql, format_.binary)


@contextmanager
def opened_lanes(migration: Migration, lanes: int, throttle: Throttle, clock: Callable[[], float]) -> Generator[Lanes]:
    """Yield this many lanes between the two databases of a migration."""
    source, target = migration.source, migration.target
    if not isinstance(source, PostgresDatabase) or not isinstance(target, PostgresDatabase):
        raise TypeError("lanes are between PostgreSQL databases")
    coming: list[Future[Lane]] = []
    with ThreadPoolExecutor(lanes, "strangler-lane") as pool:
        try:
            opening = partial(Lane, source.login, source.address, migration.addresses.target, throttle)
            coming.extend(pool.submit(opening) for _ in range(lanes))
            wait(coming)
            yield Lanes(source, target, [each.result() for each in coming], throttle, clock)
        finally:
            # Closing a connection waits until the server has released it.
            closing = [pool.submit(each.result().close) for each in coming if each.exception() is None]
            wait(closing)
    for each in closing:
        each.result()
