"""What the service asks of a database: short pieces of work, read or written, on either engine.

Work is a coroutine that is given a session. SQL is written once, for PostgreSQL.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

Row = tuple[Any, ...]
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

LOCK = " FOR NO KEY UPDATE"
"""Ends a SELECT whose row is written next; SQLite's only writer needs none, and leaves it out."""


class Session(Protocol):
    """One connection, for the time of one piece of work."""

    async def rows(self, sql: str, *parameters: object) -> list[Row]:
        """Run a statement with ``%s`` for each parameter and return all of its rows."""
        ...

    async def row(self, sql: str, *parameters: object) -> Row | None:
        """The first row, or None."""
        ...


Work = Callable[Concatenate[Session, Arguments], Coroutine[Any, Any, Result]]


class Database(ABC):
    """Open and close it in the same event loop. Every failure is an UnavailableError."""

    @abstractmethod
    async def open(self) -> None:
        """Get ready; the server need not be there yet."""

    @abstractmethod
    async def close(self) -> None:
        """Close all connections."""

    @abstractmethod
    async def read(
        self, work: Work[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Run ``work`` without a transaction."""

    @abstractmethod
    async def write(
        self, work: Work[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result:
        """Run ``work`` in a transaction of its own; what it returns is committed."""
