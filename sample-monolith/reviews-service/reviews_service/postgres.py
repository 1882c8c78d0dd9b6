"""PostgreSQL: a pool of asynchronous connections, statements prepared once for each."""

import select
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from reviews_service.database import Arguments, Database, Result, Row, Work
from reviews_service.errors import UnavailableError

Connection = psycopg.AsyncConnection[Any]

MOST_CONNECTIONS = 10
WAIT_SECONDS = 5.0
"""For a connection: a restart of the server passes unnoticed when it is over by then."""

SESSION_SETTINGS = """
    SELECT set_config('TimeZone', 'UTC', false),
           set_config('lock_timeout', '10s', false),
           set_config('statement_timeout', '15s', false),
           set_config('default_transaction_isolation', 'read committed', false)
"""


class PostgresSession:
    """A connection of the pool."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, sql: str, *parameters: object) -> list[Row]:
        cursor = await self._connection.execute(sql.encode(), parameters, prepare=True)
        return await cursor.fetchall() if cursor.description else []

    async def row(self, sql: str, *parameters: object) -> Row | None:
        rows = await self.rows(sql, *parameters)
        return rows[0] if rows else None


class PostgresDatabase(Database):
    """Connects when needed, and again when the server comes back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: AsyncConnectionPool[Connection] | None = None

    async def open(self) -> None:
        self._pool = AsyncConnectionPool(
            self._url,
            min_size=2,
            max_size=MOST_CONNECTIONS,
            timeout=WAIT_SECONDS,
            kwargs={"autocommit": True, "connect_timeout": 5, "application_name": "reviews"},
            configure=configure,
            check=check_when_it_spoke,
            open=False,
        )
        await self._pool.open(wait=False)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    @property
    def pool(self) -> AsyncConnectionPool[Connection]:
        if self._pool is None:
            raise UnavailableError("the database is not open")
        return self._pool

    async def read(
        self, work: Work[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        try:
            async with self.pool.connection() as connection:
                return await work(PostgresSession(connection), *args, **kwargs)
        except psycopg.Error as error:
            raise UnavailableError(str(error)) from error

    async def write(
        self, work: Work[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        try:
            async with self.pool.connection() as connection, connection.transaction():
                return await work(PostgresSession(connection), *args, **kwargs)
        except psycopg.Error as error:
            raise UnavailableError(str(error)) from error


async def configure(connection: Connection) -> None:
    await connection.execute(SESSION_SETTINGS)


async def check_when_it_spoke(connection: Connection) -> None:
    """An idle server says nothing; if it did, it is gone, or a question will tell.

    Costs a system call instead of a round trip for each request.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)
