"""SQLite: connections that are borrowed by threads, one writer at a time."""

import functools
import sqlite3
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from anyio import CapacityLimiter, to_thread

from reviews_service.database import LOCK, Arguments, Database, Result, Row, Work
from reviews_service.errors import UnavailableError

READERS = 4
BUSY_SECONDS = 20.0

PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON")


class SqliteSession:
    """A connection in a thread. Its coroutines never suspend: see ``finish``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def rows(self, sql: str, *parameters: object) -> list[Row]:
        values = [stored(value) for value in parameters]
        return self._connection.execute(translated(sql), values).fetchall()

    async def row(self, sql: str, *parameters: object) -> Row | None:
        rows = await self.rows(sql, *parameters)
        return rows[0] if rows else None


class SqliteDatabase(Database):
    """A file in WAL mode; transactions begin IMMEDIATE, where waiting is still possible."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()

    async def open(self) -> None:
        self._reading = CapacityLimiter(READERS)
        self._writing = CapacityLimiter(1)

    async def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    async def read(
        self, work: Work[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        def run(connection: sqlite3.Connection) -> Result:
            return finish(work(SqliteSession(connection), *args, **kwargs))

        return await to_thread.run_sync(self._borrow, run, limiter=self._reading)

    async def write(
        self, work: Work[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        def run(connection: sqlite3.Connection) -> Result:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = finish(work(SqliteSession(connection), *args, **kwargs))
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            return result

        return await to_thread.run_sync(self._borrow, run, limiter=self._writing)

    def _borrow(self, run: Callable[[sqlite3.Connection], Result]) -> Result:
        try:
            connection = self._idle_connection() or connected(self._path)
            try:
                result = run(connection)
            except sqlite3.Error:
                connection.close()
                raise
            except BaseException:
                self._idle.append(connection)
                raise
            self._idle.append(connection)
            return result
        except sqlite3.Error as error:
            raise UnavailableError(str(error)) from error

    def _idle_connection(self) -> sqlite3.Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None


def connected(path: str) -> sqlite3.Connection:
    """A connection without transactions of its own, for one thread after the other."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


def finish(work: Coroutine[Any, Any, Result]) -> Result:
    """What ``work`` returns. It awaits a session only, and this one's never suspends."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    work.close()
    raise RuntimeError("work on a database awaits its session only")


@functools.cache
def translated(sql: str) -> str:
    return sql.replace("%s", "?").removesuffix(LOCK)


def stored(value: object) -> Any:
    """Times as Django's text: UTC, no zone."""
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    return value


def sqlite_path(url: str) -> str | None:
    """The file of ``sqlite:///relative`` and ``sqlite:////absolute``; None for any other URL."""
    scheme, _, rest = url.partition("://")
    return unquote(rest.removeprefix("/").partition("?")[0]) if scheme == "sqlite" else None
