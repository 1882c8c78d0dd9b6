"""What the migration asks of a database, whatever its engine: one connection, used by one thread."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

from strangler_etl.engine.fence import Fence
from strangler_etl.engine.journal import Journal
from strangler_etl.engine.key_actions import KeyAction, Shape
from strangler_etl.engine.key_histogram import KeyHistogram
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.engine.run_lock import RunLock
from strangler_etl.engine.schema import AwayKey, Column, Reference, SecondaryIndex, Table, UnindexedReference, UniqueKey
from strangler_etl.engine.session import Row, Session, Value
from strangler_etl.errors import DuplicateRowError, RowRefusedError


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
    """Rows to write into `table`: `columns` in the order of each row, those of the `key` among them.

    What is there of the `initial` columns stays.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: Sequence[Row]
    initial: frozenset[str] = frozenset()


class Database(Session):
    """An open connection to one side of a migration."""

    @property
    @abstractmethod
    def journal(self) -> Journal:
        """What was changed in this database."""

    @property
    @abstractmethod
    def fence(self) -> Fence:
        """What refuses writes to this database."""

    @property
    @abstractmethod
    def run_lock(self) -> RunLock:
        """What lets one process at a time copy into this database."""

    # --- schema ---

    @abstractmethod
    def table_names(self) -> Sequence[str]:
        """All tables that can be named without a schema, but for strangler's own, sorted."""

    @abstractmethod
    def tables(self, names: Iterable[str]) -> Mapping[str, Table]:
        """The tables of these names that exist."""

    @abstractmethod
    def fingerprints(self, tables: Sequence[str], columns: Collection[str]) -> Mapping[str, str]:
        """For each of the tables that exist, a text that changes when statements no journal sees may change its rows.

        That is when the table is made anew, written anew or emptied, or when another column takes the name of one of
        the `columns`, whatever table has them.
        """

    @abstractmethod
    def identity(self, table: str) -> str | None:
        """What tells a table from another one that gets its name later; None where there is none."""

    @abstractmethod
    def unindexed_references(self, parents: Sequence[str]) -> Sequence[UnindexedReference]:
        """The foreign keys to one of the tables, from whatever table, that have no index."""

    @abstractmethod
    def secondary_indexes(self, table: str) -> Sequence[SecondaryIndex]:
        """The indexes of the table that neither keep values unique nor belong to a constraint."""

    def keeping_apart(self, table: str) -> Sequence[Sequence[str]]:
        """The columns of each index of the table, but of its primary key, that refuses a row because of another one."""
        return ()

    def unique_keys(self, tables: Sequence[str]) -> Sequence[UniqueKey]:
        """The keys of the tables, where the engine can do without for a while; the primary ones first."""
        return ()

    def keys_away(self) -> Sequence[AwayKey]:
        """The keys that runs have taken away, and not made again; `tables` tells of them as if they were there."""
        return ()

    @abstractmethod
    def references(self, tables: Sequence[str]) -> Sequence[Reference]:
        """The foreign keys of the tables that this user may take away, or have unchecked."""

    @abstractmethod
    def outside_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        """The foreign keys to one of the tables that none of them has."""

    @abstractmethod
    def leaving_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        """The foreign keys of the tables to others than these."""

    def comparing(self, table: str, parent: str) -> AbstractContextManager[None]:
        """Let a foreign key of `table` to `parent` that the block makes, in a transaction, be compared the fastest way.

        What `analyze` found out of both says which one that is.
        """
        return nullcontext()

    @abstractmethod
    def triggered(self, tables: Sequence[str]) -> frozenset[str]:
        """Those of the tables for whose new rows a trigger that is not strangler's does something."""

    @abstractmethod
    def foreign_keys(self) -> Sequence[KeyAction]:
        """The foreign keys of all tables that are looked after now."""

    def key_actions(self) -> Sequence[KeyAction]:
        """Those of them that change or delete rows by themselves."""
        return [key for key in self.foreign_keys() if key.acts]

    @abstractmethod
    def shape(self, table: str) -> Shape:
        """How whole rows are written to a table, whose name is given as SQL writes it."""

    @abstractmethod
    def unchecked(self) -> AbstractContextManager[None]:
        """Let no foreign key that can not be dropped be checked for what this connection writes in the block."""

    @abstractmethod
    def install(self) -> None:
        """Create strangler's own tables and functions where they are missing."""

    @property
    @abstractmethod
    def installed(self) -> bool:
        """Whether strangler's own tables are there."""

    # --- rows ---

    def upsert(self, upsert: Upsert) -> int:
        """Insert rows, or change those whose key is there; return how many said anything new: others are left alone.

        In a transaction. Rows may take over each other's unique values, in a chain or in a circle. Raises
        DuplicateRowError when a further row has one of them.
        """
        try:
            with self.transaction():
                return self._write(upsert)
        except DuplicateRowError:
            return self._write_in_turn(upsert)

    def write(self, upsert: Upsert) -> None:
        """Insert or change rows as `upsert` does, where each may only have unique values that are free already.

        To find out that one has not is much cheaper.
        """
        with self.transaction():
            self._write(upsert)

    @abstractmethod
    def check_references(self, written: Upsert) -> None:
        """Check now, in a transaction that applies, what foreign keys of the rows would be checked for at its end.

        Raises RowRefusedError.
        """

    def _write_in_turn(self, upsert: Upsert) -> int:
        rows, written, freed = list(upsert.rows), 0, set[object]()
        while rows:
            waiting: list[Row] = []
            for row in rows:
                try:
                    with self.transaction():
                        written += self._write(replace(upsert, rows=(row,)))
                except DuplicateRowError:
                    # Another row still has one of its values.
                    waiting.append(row)
            if len(waiting) == len(rows):
                left = replace(upsert, rows=waiting)
                if not self._referred_to(upsert.table):
                    return written + self._write_anew(left)
                # A row that others refer to can not be away, not even for a moment; but its values can.
                if not self._free_values(left, freed):
                    return written + self._write(left)
            # Where each takes over the value of the next one, the other way round all of them are free in turn.
            rows = waiting[::-1]
        return written

    def _write_anew(self, upsert: Upsert) -> int:
        """Take the rows away and write them, with what the columns they say nothing of held before."""
        shape = self.shape(self.quoted(upsert.table))
        names = ", ".join(map(self.quoted, shape.columns))
        positions = [upsert.columns.index(name) for name in upsert.key]
        condition = " AND ".join(f"{self.quoted(name)} = {self.placeholder}" for name in upsert.key)
        new, whole = list[Row](), list[Row]()
        for row in upsert.rows:
            key = [row[position] for position in positions]
            found = self.carried(f"SELECT {names} FROM {shape.name} WHERE {condition}", key)
            if not found:
                new.append(row)
                continue
            said = {name: value for name, value in zip(upsert.columns, row, strict=True) if name not in upsert.initial}
            whole.append(tuple(said.get(name, value) for name, value in zip(shape.columns, found[0], strict=True)))
            self.execute(f"DELETE FROM {shape.name} WHERE {condition}", key)
        written = self.put(shape.name, upsert.key, shape.columns, whole)
        return written + self._write(replace(upsert, rows=new))

    def _free_values(self, upsert: Upsert, freed: set[object]) -> bool:
        """Let the rows hold other values for a moment where theirs are to be those of others; whether any does now.

        Each holds what it did not hold before: that is in `freed`. One value for a single row is enough, as the rows
        that wait for its own are written then.
        """
        columns = self.tables([upsert.table])[upsert.table].columns
        positions = [upsert.columns.index(name) for name in upsert.key]
        condition = " AND ".join(f"{self.quoted(name)} = {self.placeholder}" for name in upsert.key)
        # What the rows say nothing of could not be put back.
        said = [name for name in upsert.columns if name not in {*upsert.key, *upsert.initial}]
        indexes = [
            sorted((columns[name] for name in index if name in said), key=lambda column: not column.nullable)
            for index in self.keeping_apart(upsert.table)
        ]
        before = len(freed)
        for row in upsert.rows:
            key = tuple(row[position] for position in positions)
            for number, index in enumerate(indexes):
                choices = (
                    (column, value) for column in index for value in self._interim(upsert.table, column, str(key))
                )
                for column, value in choices:
                    choice = (number, column.name, value, key)
                    if choice not in freed and self._puts(upsert.table, column.name, value, condition, key):
                        freed.add(choice)
                        break
        return len(freed) > before

    def _interim(self, table: str, column: Column, row: str) -> Iterable[tuple[str, tuple[Value, ...]]]:
        """Expressions (SQL), with their parameters, for what a unique column of a row may hold for a moment."""
        return ()

    def _puts(
        self, table: str, column: str, value: tuple[str, Sequence[Value]], condition: str, key: Sequence[Value]
    ) -> bool:
        """Whether a column of a row takes a value that it does not hold yet."""
        (written, parameters), name = value, self.quoted(column)
        statement = f"UPDATE {self.quoted(table)} SET {name} = {written} WHERE {condition}"
        if written == "NULL":
            statement += f" AND {name} IS NOT NULL"
        try:
            with self.transaction():
                return bool(self.execute(statement, [*parameters, *key]))
        except RowRefusedError:
            return False

    def _write(self, upsert: Upsert) -> int:
        """Insert or change the rows one after the other; return how many said anything new."""
        return self.put(self.quoted(upsert.table), upsert.key, upsert.columns, upsert.rows, initial=upsert.initial)

    @abstractmethod
    def put(
        self,
        table: str,
        key: Sequence[str],
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        initial: Collection[str] = (),
    ) -> int:
        """Insert rows with these columns, or change those whose `key` is there; without one, only insert.

        The `initial` columns of rows that are there stay. The table is named as SQL writes it. Return how many rows
        said anything new.
        """

    @abstractmethod
    def _referred_to(self, table: str) -> bool:
        """Whether foreign keys refer to the table, so that a row of it can not be taken away for a while."""

    @abstractmethod
    def analyze(self, tables: Sequence[str]) -> None:
        """Let the database take stock of the tables, so that it plans queries on them well."""

    def key_histogram(self, table: str, column: str) -> KeyHistogram | None:
        """Where the keys of a table in a column of whole numbers lie; None where nobody knows for certain."""
        return None

    @abstractmethod
    def next_number(self, table: str, key: str) -> int | None:
        """The number after the last one given to a row of the table; None when its keys are no numbers."""

    @abstractmethod
    def advance_number(self, table: str, key: str, next_number: int) -> None:
        """Let the table's self-numbering key go on from `next_number`, unless it is further already."""


class CopyingDatabase(Database):
    """A database that can give and take rows in bulk, in a form that databases of its engine understand."""

    @abstractmethod
    def copy_out(self, sql: str, parameters: Sequence[Value]) -> Iterator[bytes]:
        """Run a query and yield its rows in text form, in blocks; inside a transaction only."""

    @abstractmethod
    def copy_in(self, table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> int:
        """Insert rows in text form and return how many; DuplicateRowError when one is there already."""
