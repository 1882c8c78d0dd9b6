"""An open connection to a database of any engine, used by one thread: statements, transactions, how SQL is written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

Value = object
"""What a driver gives for one column of one row."""

Row = tuple[Value, ...]


class Session(ABC):
    """An open connection.

    SQL is the engine's own. Where parameters are given, even none, it has the placeholders of its driver, and what is
    not a placeholder is `escaped`.
    """

    placeholder: str
    """``%s`` or ``?``."""
    dialect: str
    """The engine's name for sqlglot: ``postgres`` or ``sqlite``."""
    kept_rows: str
    """What a query ends with that lets nobody change the rows it finds until the end of the transaction."""
    taken_rows: str
    """The same, where nobody may write further rows either that refer to them."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    @abstractmethod
    def address(self) -> str:
        """The database's URL with the password masked."""

    @abstractmethod
    def close(self) -> None:
        """End the connection; what is not committed is undone."""

    @abstractmethod
    def rows(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        """Run a query and return all of its rows."""

    def carried(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        """Run a query whose rows go to another database: `upsert` there takes every value as it is here.

        Values of Python may lose something on the way: what they have no place for, as the months of an interval.
        """
        return self.rows(sql, parameters)

    @abstractmethod
    def stream(self, sql: str, parameters: Sequence[Value] | None = None) -> Iterator[Row]:
        """Run a query and yield its rows without holding all of them in memory; inside a transaction only."""

    @abstractmethod
    def execute(self, sql: str, parameters: Sequence[Value] | None = None) -> int:
        """Run a statement and return how many rows it changed."""

    @abstractmethod
    def cancel(self) -> None:
        """End the statement that another thread runs on this connection: it gets a DatabaseError."""

    @abstractmethod
    def transaction(self, *, applying: bool = False) -> AbstractContextManager[None]:
        """Commit what the block does, or undo it when the block raises.

        With `applying`, writes pass a fence and are not journaled: they come from the other side.
        """

    @abstractmethod
    def locked(self, tables: Sequence[str], seconds: float) -> AbstractContextManager[None]:
        """A transaction in which nobody else writes to the tables: who has written to them has ended before it began.

        Raises LockTimeoutError when that takes longer than `seconds`.
        """

    @abstractmethod
    def patience(self, seconds: float) -> AbstractContextManager[None]:
        """Let no statement of the block wait for others, or work, for longer; DatabaseError when one would.

        Nor does a transaction of the block keep its locks for more than twice as long when this process has vanished or
        stands still.
        """

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """Let every query of the block see one and the same committed state."""

    @abstractmethod
    def quoted(self, name: str) -> str:
        """An identifier as it is written in SQL."""

    @abstractmethod
    def own(self, name: str) -> str:
        """One of strangler's own tables as it is written in SQL: ``strangler.journal``, ``strangler_journal``."""

    @abstractmethod
    def escaped(self, sql: str) -> str:
        """SQL a user wrote, for a statement with parameters."""

    @abstractmethod
    def typed(self, expression: str, type_: str) -> str:
        """An SQL expression converted to a type of this engine."""

    def keyed(self, expression: str, type_: str) -> str:
        """A key of the type in text form, as SQL, as the key that it is: `as_text` the other way round."""
        return self.typed(expression, type_)

    def legible(self, expression: str, type_: str) -> str:
        """An SQL expression as the driver can read every value a column of the type holds."""
        return expression

    def exact(self, expression: str, type_: str | None) -> str:
        """An expression over the source so that all of its value is read; `type_` is None where nobody knows it."""
        return expression

    def as_text(self, expression: str, type_: str) -> str:
        """A key as SQL in its text form, of which `keyed` makes the key again."""
        return f"CAST({expression} AS text)"

    def key_texts(self, type_: str, keys: Iterable[Value]) -> list[str]:
        """Keys of the type, however journal, driver or another database write them, as `as_text` does."""
        return [str(key) for key in keys]

    def written(self, expression: str, type_: str) -> str:
        """An SQL expression of the type as the text in which clients get it."""
        return self.typed(expression, "text")

    def worded(self, expression: str, type_: str, *, key: bool) -> str:
        """An expression of the type over the source as what a text of the target is to say; a `key` as `as_text`."""
        return self.exact(expression, type_)

    def characters(self, expression: str) -> str:
        """The SQL for the number of characters of a text."""
        return f"length({expression})"

    def insert_new(self, table: str, columns: Sequence[str], key: str) -> str:
        """The statement, with parameters, for a row of a table of strangler's own unless its `key` is there."""
        marks = ", ".join([self.placeholder] * len(columns))
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT ({key}) DO NOTHING"

    @abstractmethod
    def derived_key(self, table: str, expression: str) -> str:
        """The SQL of the derived key (`strangler_etl.values.derived_key`) of a row of the source table `table`."""

    @abstractmethod
    def as_key(self, expression: str) -> str:
        """A target key in text form, as SQL, in the type `derived_key` has."""

    @abstractmethod
    def any_of(self, expression: str, type_: str, keys: Sequence[str]) -> tuple[str, Sequence[Value]]:
        """The condition that an expression of the type is one of `keys` (in text form), with its parameters."""

    @abstractmethod
    def any_row_of(
        self, columns: Sequence[tuple[str, str]], keys: Sequence[Sequence[str]]
    ) -> tuple[str, Sequence[Value]]:
        """The condition that expressions, each with its type, are one of `keys` (texts for each); its parameters."""

    def compared_rows(
        self, expressions: Sequence[str], operator: str, values: Sequence[str], given: Sequence[str]
    ) -> tuple[str, Sequence[Value]]:
        """The condition that several expressions are ``>`` or ``<=`` as many values in turn, so that an index is used.

        The values are SQL with one placeholder each, for which one of `given` is the parameter.
        """
        return f"({', '.join(expressions)}) {operator} ({', '.join(values)})", list(given)

    def concatenated(self, texts: Sequence[str]) -> str:
        """The SQL of several texts (SQL) one after the other; NULL when one of them is."""
        return f"({' || '.join(texts)})"

    def estimate(self, sql: str, parameters: Sequence[Value]) -> int:
        """About how many rows a query has."""
        return int(str(self.rows(f"SELECT count(*) FROM ({sql}) AS counted", parameters)[0][0]))


def text(value: Value) -> str | None:
    """A value as text; NULL stays NULL."""
    return None if value is None else str(value)
