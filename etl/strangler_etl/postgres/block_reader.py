"""Reads the rows of a query as opaque blocks of many rows each.

psycopg delivers COPY's rows one by one, which costs more processor time than everything else strangler does to a row
(docs/performance.md). asyncpg delivers blocks as the network brought them. It is used for this alone; the caller is an
ordinary thread, for which it does not matter that the event loop stands still while a block is written.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeVar
from urllib.parse import urlencode

from strangler_etl.errors import DatabaseError, RowRefusedError
from strangler_etl.postgres import definitions
from strangler_etl.postgres.login import Login
from strangler_etl.postgres.refusal import refuses_row

_CONNECT_SECONDS = 20.0
_CLOSE_SECONDS = 2.0
_STATEMENT_SECONDS = 900
_READ_ONLY = f"SET default_transaction_read_only = on; SET statement_timeout = '{_STATEMENT_SECONDS}s'"


_Result = TypeVar("_Result")


class _Connection(Protocol):
    """The part of asyncpg's connection that is used: asyncpg has no type annotations."""

    @property
    def copy_from_query(self) -> Callable[..., Awaitable[str]]: ...
    @property
    def execute(self) -> Callable[[str], Awaitable[str]]: ...
    @property
    def close(self) -> Callable[..., Awaitable[None]]: ...


@dataclass(frozen=True, slots=True)
class _Driver:
    connect: Callable[..., Awaitable[_Connection]]
    errors: tuple[type[Exception], ...]


class BlockReader:
    """A read-only connection; used by one thread."""

    def __init__(self, login: Login, address: str) -> None:
        self._address = address
        self._driver = _driver()
        self._loop = asyncio.Runner()
        try:
            self._connection = self._run(self._connect(login))
        except BaseException:
            self._loop.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        try:
            with suppress(*self._driver.errors):  # The connection is no longer needed, so its errors do not matter.
                self._loop.run(_awaited(self._connection.close(timeout=_CLOSE_SECONDS)))
        finally:
            self._loop.close()

    def copy_out(self, snapshot: str, sql: str, write: Callable[[bytes], None], *, binary: bool) -> None:
        """Run a query in a snapshot exported by another connection, and `write` its rows in COPY's format."""
        self._run(self._copy_out(snapshot, sql, write, "binary" if binary else "text"))

    async def _connect(self, login: Login) -> _Connection:
        tls = {name: value for name, value in login.further.items() if name != "options"}
        settings = {"application_name": "strangler"}
        if "options" in login.further:
            settings["options"] = login.further["options"]
        connection = await self._driver.connect(
            f"postgresql://?{urlencode(tls)}",
            host=login.host,
            port=login.port,
            user=login.user,
            password=login.password.reveal(),
            database=login.database,
            timeout=_CONNECT_SECONDS,
            server_settings=settings,
        )
        try:
            await connection.execute(f"{definitions.SESSION}; {definitions.NOTHING_HIDDEN}; {_READ_ONLY}")
        except BaseException:
            with suppress(*self._driver.errors):  # The first error says why.
                await connection.close(timeout=_CLOSE_SECONDS)
            raise
        return connection

    async def _copy_out(self, snapshot: str, sql: str, write: Callable[[bytes], None], form: str) -> None:
        refused: list[Exception] = []

        async def written(block: bytes) -> None:
            # Raising here makes asyncpg cancel a query that may be over by then, and wait for ever: read on instead.
            if not refused:
                try:
                    write(block)
                except Exception as error:  # noqa: BLE001 - raised below, whatever it is
                    refused.append(error)

        connection = self._connection
        await connection.execute(
            f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '{snapshot}'"
        )
        try:
            await connection.copy_from_query(sql, output=written, format=form)
        except BaseException:
            with suppress(*self._driver.errors):  # The connection may be gone: the first error says why.
                await connection.execute("ROLLBACK")
            raise
        await connection.execute("ROLLBACK")
        if refused:
            raise refused[0]

    def _run(self, work: Awaitable[_Result]) -> _Result:
        try:
            return self._loop.run(_awaited(work))
        except self._driver.errors as error:
            said = str(error).splitlines() or [type(error).__name__]
            kind = RowRefusedError if refuses_row(getattr(error, "sqlstate", None)) else DatabaseError
            raise kind(self._address, said[0]) from error


async def _awaited(work: Awaitable[_Result]) -> _Result:
    return await work


def _driver() -> _Driver:
    asyncpg = importlib.import_module("asyncpg")
    errors = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    return _Driver(asyncpg.connect, (OSError, TimeoutError, *errors))
