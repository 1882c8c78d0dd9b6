"""What the migration asks of a database, whatever its engine: one connection, used by one thread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from strangler_etl.errors import DatabaseError, DuplicateRowError
from strangler_etl.schema import Table

Value = object
"""What a driver gives for one column of one row."""

Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class JournaledTable:
    """A table to keep a journal of: its key, and the column with the source's key where it has one beside its own."""

    name: str
    key: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A row that changed, by its key in text form; `number` is the source's key where the journal knows it.

    `key` is None when the whole table was truncated.
    """

    table: str
    key: str | None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed between two positions of a journal, each row once.

    `read_at` is the time in seconds since 1970, by the clock of the journal's database, before which every committed
    change is included.
    """

    position: str
    read_at: float
    rows: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Stream:
    """A direction of following: ``reviews:v1`` are the changes of v1 that are applied to v2."""

    name: str


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """How far a stream was applied; `position` is None before the first change."""

    position: str | None
    read_at: float


@dataclass(frozen=True, slots=True)
class Upsert:
    """Rows to write into `table`: `columns` in the order of each row, `key` one of them."""

    table: str
    key: str
    columns: tuple[str, ...]
    rows: Sequence[Row]


class Database(ABC):
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

    # --- statements ---

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

    def legible(self, expression: str, type_: str) -> str:
        """An SQL expression as the driver can read every value a column of the type holds."""
        return expression

    @abstractmethod
    def derived_key(self, table: str, expression: str) -> str:
        """The SQL of the derived key (`strangler_etl.derived_key`) of a row of the source table `table`."""

    @abstractmethod
    def as_key(self, expression: str) -> str:
        """A target key in text form, as SQL, in the type `derived_key` has."""

    @abstractmethod
    def any_of(self, expression: str, type_: str, keys: Sequence[str]) -> tuple[str, Sequence[Value]]:
        """The condition that an expression of the type is one of `keys` (in text form), with its parameters."""

    def estimate(self, sql: str, parameters: Sequence[Value]) -> int:
        """About how many rows a query has."""
        return int(str(self.rows(f"SELECT count(*) FROM ({sql}) AS counted", parameters)[0][0]))

    # --- schema ---

    @abstractmethod
    def table_names(self) -> Sequence[str]:
        """All tables that can be named without a schema, but for strangler's own, sorted."""

    @abstractmethod
    def tables(self, names: Iterable[str]) -> Mapping[str, Table]:
        """The tables of these names that exist."""

    @abstractmethod
    def install(self) -> None:
        """Create strangler's own tables and functions where they are missing."""

    @property
    @abstractmethod
    def installed(self) -> bool:
        """Whether strangler's own tables are there."""

    # --- journal ---

    @abstractmethod
    def install_journal(self, tables: Sequence[JournaledTable]) -> frozenset[str]:
        """Begin to journal the tables, and return which; those that are journaled already are left alone.

        Other writers are not kept waiting for who keeps a table busy; LockTimeoutError when that goes on for long.
        """

    @abstractmethod
    def remove_journal(self, tables: Sequence[str]) -> None:
        """Stop journaling the tables and forget what was journaled of them."""

    @abstractmethod
    def journaled(self) -> frozenset[str]:
        """The tables whose every kind of change is journaled now."""

    def gaps(self, tables: Sequence[str]) -> tuple[str, ...]:
        """Why changes of the tables may be missing in the journal, the latest first: it began, or could not be written.

        That of a transaction is seen when the transaction is over.
        """
        condition, parameters = self.any_of("table_name", "text", tables)
        found = self.rows(
            f"SELECT table_name, reason FROM {self.own('journal_gap')} WHERE {condition} ORDER BY written_at DESC",
            parameters,
        )
        return tuple(f"{table}: {reason}" for table, reason in found)

    def _note_beginning(self, table: str) -> None:
        """Note, in the transaction that begins a table's journal, that it does not know what was before."""
        mark = self.placeholder
        self.execute(
            f"INSERT INTO {self.own('journal_gap')} (table_name, reason) VALUES ({mark}, {mark})",
            [table, "its journal began"],
        )

    @abstractmethod
    def changes(self, since: str | None, tables: Sequence[str]) -> Changes:
        """What was committed in the tables since a position; since the journal's beginning when it is None.

        To be called inside `snapshot`: the position is that of the snapshot. Raises DatabaseError when the database has
        not come as far as `since`: it was put back to an earlier state.
        """

    @abstractmethod
    def forget_changes(self, until: str, tables: Sequence[str]) -> int:
        """Delete from the journal what was committed in the tables up to a position; return how many changes it was."""

    def journal_length(self, tables: Sequence[str]) -> int:
        """How many changes of the tables the journal holds."""
        condition, parameters = self.any_of("table_name", "text", tables)
        return int(str(self.rows(f"SELECT count(*) FROM {self.own('journal')} WHERE {condition}", parameters)[0][0]))

    # --- fence ---

    @abstractmethod
    def locked(self, tables: Sequence[str], seconds: float) -> AbstractContextManager[None]:
        """A transaction in which nobody else writes to the tables: who has written to them has ended before it began.

        Raises LockTimeoutError when that takes longer than `seconds`.
        """

    @abstractmethod
    def fence(self, service: str, tables: Sequence[str]) -> None:
        """Refuse every write to the tables from the end of this transaction on, in which they are `locked`."""

    @abstractmethod
    def unfence(self, tables: Sequence[str]) -> None:
        """Accept writes to the tables again; who writes to tables that are open already is not waited for."""

    @abstractmethod
    def fenced(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of the tables that refuse writes."""

    @abstractmethod
    def kept_fenced(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of the tables that refuse writes, and go on to refuse them until the end of this transaction."""

    # --- rows ---

    def upsert(self, upsert: Upsert) -> None:
        """Insert rows, or change those whose key is there; a row that says nothing new is left alone.

        In a transaction. Rows may take over each other's unique values, in a chain or in a circle. Raises
        DuplicateRowError when a further row has one of them, or when what they are in a circle of is referred to.
        """
        try:
            with self.transaction():
                self._write(upsert)
        except DuplicateRowError:
            self._write_in_turn(upsert)

    def _write_in_turn(self, upsert: Upsert) -> None:
        rows = list(upsert.rows)
        while rows:
            waiting: list[Row] = []
            for row in rows:
                try:
                    with self.transaction():
                        self._write(replace(upsert, rows=(row,)))
                except DuplicateRowError:
                    # Another row still has one of its values.
                    waiting.append(row)
            if len(waiting) == len(rows):
                self._write_anew(replace(upsert, rows=waiting))
                return
            rows = waiting

    def _write_anew(self, upsert: Upsert) -> None:
        if not self._referred_to(upsert.table):
            position = upsert.columns.index(upsert.key)
            condition = f"{self.quoted(upsert.key)} = {self.placeholder}"
            for row in upsert.rows:
                self.execute(f"DELETE FROM {self.quoted(upsert.table)} WHERE {condition}", [row[position]])
        self._write(upsert)

    @abstractmethod
    def _write(self, upsert: Upsert) -> None:
        """Insert or change the rows one after the other."""

    @abstractmethod
    def _referred_to(self, table: str) -> bool:
        """Whether foreign keys refer to the table, so that a row of it can not be taken away for a while."""

    @abstractmethod
    def analyze(self, tables: Sequence[str]) -> None:
        """Let the database take stock of the tables, so that it plans queries on them well."""

    @abstractmethod
    def next_number(self, table: str, key: str) -> int | None:
        """The number after the last one given to a row of the table; None when its keys are no numbers."""

    @abstractmethod
    def advance_number(self, table: str, key: str, next_number: int) -> None:
        """Let the table's self-numbering key go on from `next_number`, unless it is further already."""


def put_back(database: str) -> DatabaseError:
    """The error for a database that knows less than was read of it already."""
    return DatabaseError(
        database,
        "it was put back to an earlier state than the other side has seen, as from a backup: what is new is not known",
        "give the tables of the service that state too: strangler etl clean, then strangler etl run",
    )


class CopyingDatabase(Database):
    """A database that can give and take rows in bulk, in a form that databases of its engine understand."""

    @abstractmethod
    def copy_out(self, sql: str, parameters: Sequence[Value]) -> Iterator[bytes]:
        """Run a query and yield its rows in text form, in blocks; inside a transaction only."""

    @abstractmethod
    def copy_in(self, table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> int:
        """Insert rows in text form and return how many; DuplicateRowError when one is there already."""
