"""An open connection to a database of any engine, used by one thread: statements, transactions, how SQL is written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

Value = object
"""A value a driver gives for one column of one row."""

Row = tuple[Value, ...]


class Session(ABC):
    """An open connection.

    SQL is in the engine's own dialect. Where parameters are given, even an empty sequence, it has the placeholders of
    the driver, and everything else is `escaped`.
    """

    placeholder: str
    """``%s`` or ``?``."""
    dialect: str
    """The engine's name for sqlglot: ``postgres`` or ``sqlite``."""
    kept_rows: str
    """The end of a query that keeps the rows it finds unchanged until the end of the transaction."""
    taken_rows: str
    """The same, but nobody may write further rows that refer to them either."""

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
        """Close the connection; uncommitted work is rolled back."""

    @abstractmethod
    def forbid_hidden_rows(self) -> None:
        """From now on, raise DatabaseError where a query would not see all rows of a table; not every engine hides any.

        A row that is not seen looks like one that was deleted.
        """

    @abstractmethod
    def rows(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        """Run a query and return all of its rows."""

    def carried(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        """Run a query whose rows go to another database: `upsert` there takes every value as it is here.

        Python values may lose something on the way that they cannot hold, such as the months of an interval.
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
        """Cancel the statement that another thread runs on this connection; that thread gets a DatabaseError."""

    @abstractmethod
    def transaction(self, *, applying: bool = False) -> AbstractContextManager[None]:
        """Commit what the block does, or roll it back when the block raises.

        With `applying`, writes pass the fence and are not journaled: they come from the other side.
        """

    @abstractmethod
    def locked(self, tables: Sequence[str], seconds: float) -> AbstractContextManager[None]:
        """A transaction in which nobody else writes to the tables; all earlier writers have ended before it begins.

        Raises LockTimeoutError when that takes longer than `seconds`.
        """

    @abstractmethod
    def patience(self, seconds: float) -> AbstractContextManager[None]:
        """Let no statement of the block wait for others, or run, for longer than this; raises DatabaseError otherwise.

        A transaction of the block also keeps its locks for at most twice as long when this process vanishes or
        stalls.
        """

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[None]:
        """Let every query of the block see one and the same committed state."""

    @abstractmethod
    def quoted(self, name: str) -> str:
        """An identifier as SQL writes it."""

    @abstractmethod
    def own(self, name: str) -> str:
        """The name of one of strangler's own tables in SQL: ``strangler.journal``, ``strangler_journal``."""

    @abstractmethod
    def escaped(self, sql: str) -> str:
        """SQL that a user wrote, made safe for a statement with parameters."""

    @abstractmethod
    def typed(self, expression: str, type_: str) -> str:
        """An SQL expression converted to a type of this engine."""

    def keyed(self, expression: str, type_: str) -> str:
        """The SQL for a key of the type, given the SQL of its text form; the inverse of `as_text`."""
        return self.typed(expression, type_)

    def legible(self, expression: str, type_: str) -> str:
        """An SQL expression in a form in which the driver can read every value of the column's type."""
        return expression

    def exact(self, expression: str, type_: str | None) -> str:
        """An expression over the source that reads its whole value; `type_` is None where it is not known."""
        return expression

    def as_text(self, expression: str, type_: str) -> str:
        """The SQL for a key in text form, from which `keyed` makes the key again."""
        return f"CAST({expression} AS text)"

    def key_texts(self, type_: str, keys: Iterable[Value]) -> list[str]:
        """Keys of the type as `as_text` writes them, however a journal, a driver or another database does."""
        return [str(key) for key in keys]

    def written(self, expression: str, type_: str) -> str:
        """An SQL expression of the type as the text that clients receive."""
        return self.typed(expression, "text")

    def worded(self, expression: str, type_: str, *, key: bool) -> str:
        """An expression of the type over the source as the target's text should say it; a `key` as in `as_text`."""
        return self.exact(expression, type_)

    def characters(self, expression: str) -> str:
        """The SQL for the number of characters of a text."""
        return f"length({expression})"

    def insert_new(self, table: str, columns: Sequence[str], key: str) -> str:
        """The statement, with parameters, that inserts a row into a table of strangler's own unless `key` exists."""
        marks = ", ".join([self.placeholder] * len(columns))
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT ({key}) DO NOTHING"

    @abstractmethod
    def derived_key(self, table: str, expression: str) -> str:
        """The SQL of the derived key (`strangler_etl.values.derived_key`) of a row of the source table `table`."""

    @abstractmethod
    def as_key(self, expression: str) -> str:
        """The SQL of a target key, given in text form, in the type that `derived_key` has."""

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
        """The condition that several expressions are, as a row, ``>`` or ``<=`` the values, so that an index is used.

        The values are SQL with one placeholder each, for which one of `given` is the parameter.
        """
        return f"({', '.join(expressions)}) {operator} ({', '.join(values)})", list(given)

    def concatenated(self, texts: Sequence[str]) -> str:
        """The SQL of several texts (SQL) one after the other; NULL when one of them is."""
        return f"({' || '.join(texts)})"

    def estimate(self, sql: str, parameters: Sequence[Value]) -> int:
        """About how many rows a query returns."""
        return int(str(self.rows(f"SELECT count(*) FROM ({sql}) AS counted", parameters)[0][0]))


def text(value: Value) -> str | None:
    """A value as text; NULL stays NULL."""
    return None if value is None else str(value)
