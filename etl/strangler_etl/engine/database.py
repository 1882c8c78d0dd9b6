"""The operations a migration needs from a database, whatever its engine: one connection, used by one thread."""

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
    """A direction of following: ``reviews:v1`` carries the changes of v1 to v2."""

    name: str


@dataclass(frozen=True, slots=True)
class StreamPosition:
    """How far a stream is applied; `position` is None before the first change."""

    position: str | None
    read_at: float


@dataclass(frozen=True, slots=True)
class Upsert:
    """Rows to write into `table`; each row follows the order of `columns`, which include the `key`.

    Rows that exist already keep their `initial` columns.
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
        """The journal of what changed in this database."""

    @property
    @abstractmethod
    def fence(self) -> Fence:
        """The fence that refuses writes to this database."""

    @property
    @abstractmethod
    def run_lock(self) -> RunLock:
        """The lock that lets one process at a time copy into this database."""

    # --- schema ---

    @abstractmethod
    def table_names(self) -> Sequence[str]:
        """The names of all tables that need no schema in front, except strangler's own, sorted."""

    @abstractmethod
    def tables(self, names: Iterable[str]) -> Mapping[str, Table]:
        """The tables of these names that exist."""

    @abstractmethod
    def fingerprints(self, tables: Sequence[str], columns: Collection[str]) -> Mapping[str, str]:
        """For each of the tables that exist, a text that changes when statements no journal sees may change its rows.

        Such statements create the table again, rewrite or empty it, or give another column the name of one of the
        `columns`, in any table.
        """

    @abstractmethod
    def identity(self, table: str) -> str | None:
        """What distinguishes a table from a later one of the same name; None where the engine has no such thing."""

    @abstractmethod
    def unindexed_references(self, parents: Sequence[str]) -> Sequence[UnindexedReference]:
        """The foreign keys of any table that refer to one of `parents` and have no index."""

    @abstractmethod
    def secondary_indexes(self, table: str) -> Sequence[SecondaryIndex]:
        """The indexes of the table that neither keep values unique nor belong to a constraint."""

    def keeping_apart(self, table: str) -> Sequence[Sequence[str]]:
        """The columns of each index, except the primary key's, that may refuse a row because of another row."""
        return ()

    def folds(self, table: str, columns: Sequence[str]) -> bool:
        """Whether different texts in one of these columns, which are a key or part of one, may be equal."""
        return True

    def unique_keys(self, tables: Sequence[str]) -> Sequence[UniqueKey]:
        """The keys of the tables that can be dropped for a while on this engine; the primary ones first."""
        return ()

    def keys_away(self) -> Sequence[AwayKey]:
        """The keys that runs have dropped and not made again; `tables` reports them as if they were there."""
        return ()

    @abstractmethod
    def references(self, tables: Sequence[str]) -> Sequence[Reference]:
        """The foreign keys of the tables that this user may drop, or leave unchecked."""

    @abstractmethod
    def outside_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        """The foreign keys of other tables that refer to one of these tables."""

    @abstractmethod
    def leaving_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        """The foreign keys of these tables that refer to other tables."""

    def comparing(self, table: str, parent: str) -> AbstractContextManager[None]:
        """Check a foreign key from `table` to `parent`, made in the block, in a transaction, by the fastest plan.

        What `analyze` found out about both tables decides which plan that is.
        """
        return nullcontext()

    @abstractmethod
    def triggered(self, tables: Sequence[str]) -> frozenset[str]:
        """The tables on whose new rows a trigger acts that is not strangler's."""

    @abstractmethod
    def foreign_keys(self) -> Sequence[KeyAction]:
        """The foreign keys of all tables that are enforced now."""

    def key_actions(self) -> Sequence[KeyAction]:
        """The foreign keys that change or delete rows by themselves."""
        return [key for key in self.foreign_keys() if key.acts]

    @abstractmethod
    def shape(self, table: str) -> Shape:
        """How whole rows are written to a table; the name is as SQL writes it."""

    @abstractmethod
    def unchecked(self) -> AbstractContextManager[None]:
        """Do not check, for what this connection writes in the block, the foreign keys that cannot be dropped."""

    @abstractmethod
    def install(self) -> None:
        """Create strangler's own tables and functions where they are missing."""

    @property
    @abstractmethod
    def installed(self) -> bool:
        """Whether strangler's own tables are there."""

    # --- rows ---

    def upsert(self, upsert: Upsert) -> int:
        """Insert rows, or change those whose key exists; return how many rows differed: equal rows are left alone.

        Call it in a transaction. Rows may take over each other's unique values, in a chain or in a circle. Raises
        DuplicateRowError when a row outside of these has one of the values.
        """
        try:
            with self.transaction():
                return self._write(upsert)
        except DuplicateRowError:
            return self._write_in_turn(upsert)

    def write(self, upsert: Upsert) -> None:
        """Insert or change rows as `upsert` does, but only where their unique values are free already.

        A value that is not free is refused at much lower cost.
        """
        with self.transaction():
            self._write(upsert)

    @abstractmethod
    def check_references(self, written: Upsert) -> None:
        """Check now what the foreign keys of the rows would check at the end of the transaction, which applies.

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
                # A row that others refer to cannot be deleted, not even for a moment; but its values can change.
                if not self._free_values(left, freed):
                    return written + self._write(left)
            # Where each row takes over the value of the next one, the reverse order frees every value in time.
            rows = waiting[::-1]
        return written

    def _write_anew(self, upsert: Upsert) -> int:
        """Delete the rows and write them again, keeping the values of columns that the rows do not give."""
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
        """Let the rows hold interim values where they are to take values of other rows; return whether any does now.

        A row takes a value it has not held before (`freed`). One interim value per row is enough, because the rows that
        wait for its old value are written next.
        """
        columns = self.tables([upsert.table])[upsert.table].columns
        positions = [upsert.columns.index(name) for name in upsert.key]
        condition = " AND ".join(f"{self.quoted(name)} = {self.placeholder}" for name in upsert.key)
        # Columns that the rows do not give could not be put back.
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
        """Expressions (SQL), with their parameters, for what a unique column of a row may hold in the interim."""
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
        """Insert or change the rows one after the other; return how many differed from what was there."""
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
        """Insert rows with these columns, or change those whose `key` exists; without a key, only insert.

        Existing rows keep their `initial` columns. The table name is as SQL writes it. Returns how many rows differed
        from what was there.
        """

    @abstractmethod
    def _referred_to(self, table: str) -> bool:
        """Whether foreign keys refer to the table, so that a row of it cannot be deleted for a moment."""

    @abstractmethod
    def analyze(self, tables: Sequence[str]) -> None:
        """Let the database gather statistics on the tables, so that it plans queries on them well."""

    def key_histogram(self, table: str, column: str) -> KeyHistogram | None:
        """The distribution of a table's keys in a column of whole numbers; None where it has none."""
        return None

    @abstractmethod
    def next_number(self, table: str, key: str) -> int | None:
        """The number after the last one given to a row of the table; None when its keys are not numbers."""

    @abstractmethod
    def advance_number(self, table: str, key: str, next_number: int) -> None:
        """Let the table's self-numbering key continue from `next_number`, unless it is further already."""


class CopyingDatabase(Database):
    """A database that can read and write rows in bulk, in a form that databases of its engine understand."""

    @abstractmethod
    def copy_out(self, sql: str, parameters: Sequence[Value]) -> Iterator[bytes]:
        """Run a query and yield its rows in text form, in blocks; inside a transaction only."""

    @abstractmethod
    def copy_in(self, table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> int:
        """Insert rows in text form and return how many; DuplicateRowError when one is there already."""
