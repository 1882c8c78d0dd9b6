"""A connection to a SQLite file: write-ahead log, a busy time-out, and writers that wait at BEGIN."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

from strangler.secret import DatabaseUrl
from strangler_etl.engine.database import Database, Upsert
from strangler_etl.engine.key_actions import KeyAction, Shape
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.engine.schema import Column, Reference, SecondaryIndex, Table, UnindexedReference
from strangler_etl.engine.session import Row, Value
from strangler_etl.errors import DatabaseError, DuplicateRowError, RowRefusedError, busy
from strangler_etl.sqlite import definitions, key_actions
from strangler_etl.sqlite.bytes_keys import KEY_FUNCTION, holds_bytes, text_of, text_sql
from strangler_etl.sqlite.fence import SQLiteFence
from strangler_etl.sqlite.fingerprints import fingerprints, identity
from strangler_etl.sqlite.functions import DERIVED_KEY_FUNCTION, add_functions
from strangler_etl.sqlite.indexes import folding_columns, secondary_indexes, unindexed_references, unique_columns
from strangler_etl.sqlite.journal import SQLiteJournal
from strangler_etl.sqlite.references import check_references, leaving_references, outside_references, references_of
from strangler_etl.sqlite.run_lock import SQLiteRunLock
from strangler_etl.sqlite.triggers import tables_with_others
from strangler_etl.values.interim import Interim, interim_values

_BUSY_SECONDS = 20.0
_STREAM_ROWS = 2_000
_DUPLICATE = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})
_ROWID = "INTEGER"
"""A primary key of any other type may be NULL (https://sqlite.org/lang_createtable.html#the_primary_key)."""


class SQLiteDatabase(Database):
    """SQLite through the standard library."""

    placeholder = "?"
    dialect = "sqlite"
    kept_rows = taken_rows = ""  # a transaction that writes keeps every other writer out

    def __init__(self, url: DatabaseUrl) -> None:
        self._address = str(url)
        path = sqlite_path(url)
        self._run_lock = SQLiteRunLock(path)
        if not path.is_file():
            raise DatabaseError(self._address, f"there is no file {path}")
        with self._errors():
            # Following and moving use a connection from several threads in turn, never from two at once.
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            # Where two files change one after the other, the first change must survive a loss of power.
            self._connection.execute("PRAGMA synchronous = FULL")
            self._limit(_BUSY_SECONDS)
            self._connection.execute("PRAGMA foreign_keys = ON")
            add_functions(self._connection)

    @property
    def address(self) -> str:
        return self._address

    @property
    def journal(self) -> SQLiteJournal:
        return SQLiteJournal(self)

    @property
    def fence(self) -> SQLiteFence:
        return SQLiteFence(self)

    @property
    def run_lock(self) -> SQLiteRunLock:
        return self._run_lock

    def forbid_hidden_rows(self) -> None:
        """Change nothing: this engine hides no rows."""

    def close(self) -> None:
        self._connection.close()

    # --- statements ---

    def rows(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        with self._errors():
            return self._connection.execute(sql, tuple(parameters or ())).fetchall()

    def stream(self, sql: str, parameters: Sequence[Value] | None = None) -> Iterator[Row]:
        with self._errors():
            cursor = self._connection.execute(sql, tuple(parameters or ()))
            while rows := cursor.fetchmany(_STREAM_ROWS):
                yield from rows

    def unread(self, sql: str, parameters: Sequence[Value], text: Callable[[bytes], Value]) -> Generator[Sequence[Row]]:
        """Run a query and yield its rows in batches, with each text replaced by what `text` makes of its bytes."""
        with self._errors():
            cursor = self._connection.execute(sql, tuple(parameters))
            while rows := self._fetched(cursor, text):
                yield rows

    def _fetched(self, cursor: sqlite3.Cursor, text: Callable[[bytes], Value]) -> list[Row]:
        self._connection.text_factory = text
        try:
            return cursor.fetchmany(_STREAM_ROWS)
        finally:
            self._connection.text_factory = str

    def execute(self, sql: str, parameters: Sequence[Value] | None = None) -> int:
        with self._errors():
            return self._connection.execute(sql, tuple(parameters or ())).rowcount

    def cancel(self) -> None:
        self._connection.interrupt()

    @contextmanager
    def transaction(self, *, applying: bool = False) -> Generator[None]:
        if self._connection.in_transaction:
            # Inside a transaction of ours, use its savepoint, as in PostgreSQL.
            with self._block("SAVEPOINT strangler", "RELEASE strangler", "ROLLBACK TO strangler"):
                yield
            return
        with self._block("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"):
            if applying:
                self.execute("PRAGMA defer_foreign_keys = ON")
                self.execute("INSERT INTO strangler_origin VALUES ('apply')")
            yield
            if applying:
                self.execute("DELETE FROM strangler_origin")

    @contextmanager
    def locked(self, tables: Sequence[str], seconds: float) -> Generator[None]:
        # A SQLite transaction that may write keeps every other writer out of the whole database.
        if self._connection.in_transaction:
            yield
            return
        with ExitStack() as stack:
            stack.callback(self._limit, self._busy_seconds)
            self._limit(seconds)
            try:
                self.execute("BEGIN IMMEDIATE")
            except DatabaseError as error:
                raise busy(self.address, tables, seconds) from error
            with self._ended("COMMIT", "ROLLBACK"):
                stack.close()
                yield

    def check_references(self, written: Upsert) -> None:
        if self.rows("PRAGMA foreign_keys") == [(1,)]:
            check_references(self, written)

    @contextmanager
    def patience(self, seconds: float) -> Generator[None]:
        self._limit(seconds)
        try:
            yield
        finally:
            self._limit(_BUSY_SECONDS)

    def _limit(self, seconds: float) -> None:
        self._busy_seconds = seconds
        self.execute(f"PRAGMA busy_timeout = {max(1, round(seconds * 1000))}")

    @contextmanager
    def snapshot(self) -> Generator[None]:
        with self._block("BEGIN", "COMMIT", "ROLLBACK"):
            yield

    @contextmanager
    def _block(self, begin: str, commit: str, rollback: str) -> Generator[None]:
        self.execute(begin)
        with self._ended(commit, rollback):
            yield

    @contextmanager
    def _ended(self, commit: str, rollback: str) -> Generator[None]:
        try:
            yield
            self.execute(commit)
        except BaseException:
            if self._connection.in_transaction:
                # A missing savepoint was released before the interruption: the outer block rolls its work back.
                with suppress(sqlite3.OperationalError):
                    self._connection.execute(rollback)
            raise

    def quoted(self, name: str) -> str:
        return '"' + name.replace('"', '""') + '"'

    def own(self, name: str) -> str:
        return f"strangler_{name}"

    def escaped(self, sql: str) -> str:
        return sql

    def typed(self, expression: str, type_: str) -> str:
        # A column's affinity converts what is written to it; a CAST would truncate "12.5" to 12 for a DECIMAL.
        return expression

    def keyed(self, expression: str, type_: str) -> str:
        return f"{KEY_FUNCTION}({expression})" if holds_bytes(type_) else expression

    def as_text(self, expression: str, type_: str) -> str:
        return text_sql(expression) if holds_bytes(type_) else super().as_text(expression, type_)

    def key_texts(self, type_: str, keys: Iterable[Value]) -> list[str]:
        return list(map(text_of, keys))

    def derived_key(self, table: str, expression: str) -> str:
        name = table.replace("'", "''")
        return f"{DERIVED_KEY_FUNCTION}('{name}', {expression})"

    def as_key(self, expression: str) -> str:
        return expression

    def any_of(self, expression: str, type_: str, keys: Sequence[str]) -> tuple[str, Sequence[Value]]:
        return f"{expression} IN (SELECT {self.keyed('value', type_)} FROM json_each(?))", [json.dumps(list(keys))]

    def any_row_of(
        self, columns: Sequence[tuple[str, str]], keys: Sequence[Sequence[str]]
    ) -> tuple[str, Sequence[Value]]:
        expressions = ", ".join(expression for expression, _ in columns)
        values = ", ".join(f"json_extract(value, '$[{number}]')" for number in range(len(columns)))
        return f"({expressions}) IN (SELECT {values} FROM json_each(?))", [json.dumps([list(key) for key in keys])]

    # --- schema ---

    def table_names(self) -> Sequence[str]:
        found = self.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'strangler\\_%' ESCAPE '\\' ORDER BY 1"
        )
        return [str(name) for (name,) in found]

    def tables(self, names: Iterable[str]) -> Mapping[str, Table]:
        return {name: table for name in names if (table := self._table(name)) is not None}

    def _table(self, name: str) -> Table | None:
        found = self.rows('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', [name])
        if not found:
            return None
        placed = sorted((int(str(position)), str(column)) for column, _, _, _, position in found if position)
        key = tuple(column for _, column in placed)
        alone = frozenset(key if len(key) == 1 else ())
        columns = {
            str(column): Column(
                str(column),
                str(type_),
                optional=not notnull or default is not None or column in alone,
                nullable=not (notnull or (column in alone and str(type_).upper() == _ROWID)),
            )
            for column, type_, notnull, default, _ in found
        }
        parents = self.rows('SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)', [name])
        return Table(
            name,
            columns,
            key,
            alone | self._unique(name),
            frozenset(str(parent) for (parent,) in parents) - {name},
        )

    def _unique(self, table: str) -> frozenset[str]:
        return frozenset(columns[0] for columns in unique_columns(self, table, partial=False) if len(columns) == 1)

    def fingerprints(self, tables: Sequence[str], columns: Collection[str]) -> Mapping[str, str]:
        return fingerprints(self, tables, columns)

    def identity(self, table: str) -> str | None:
        return identity(self, table)

    def unindexed_references(self, parents: Sequence[str]) -> Sequence[UnindexedReference]:
        return unindexed_references(self, parents)

    def secondary_indexes(self, table: str) -> Sequence[SecondaryIndex]:
        return secondary_indexes(self, table)

    def keeping_apart(self, table: str) -> Sequence[Sequence[str]]:
        return unique_columns(self, table)

    def folds(self, table: str, columns: Sequence[str]) -> bool:
        return not folding_columns(self, table).isdisjoint(columns)

    def references(self, tables: Sequence[str]) -> Sequence[Reference]:
        return [reference for table in sorted(tables) for reference in references_of(self, table)]

    def outside_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        return outside_references(self, tables)

    def leaving_references(self, tables: Sequence[str]) -> Sequence[OutsideReference]:
        return leaving_references(self, tables)

    def triggered(self, tables: Sequence[str]) -> frozenset[str]:
        return frozenset(tables) & tables_with_others(self, "strangler_")

    def foreign_keys(self) -> Sequence[KeyAction]:
        return key_actions.foreign_keys(self)

    def shape(self, table: str) -> Shape:
        return key_actions.shape_of(self, table)

    @contextmanager
    def unchecked(self) -> Generator[None]:
        self.execute("PRAGMA foreign_keys = OFF")
        try:
            yield
        finally:
            self.execute("PRAGMA foreign_keys = ON")

    def install(self) -> None:
        with self.transaction():
            for statement in definitions.SCHEMA:
                self.execute(statement)

    @property
    def installed(self) -> bool:
        return bool(self.rows("SELECT 1 FROM sqlite_master WHERE name = 'strangler_authority'"))

    # --- rows ---

    def put(
        self,
        table: str,
        key: Sequence[str],
        columns: Sequence[str],
        rows: Sequence[Row],
        *,
        initial: Collection[str] = (),
    ) -> int:
        names = [self.quoted(name) for name in columns]
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['?'] * len(names))})"
        if key:
            statement += (
                f" ON CONFLICT ({', '.join(map(self.quoted, key))}) DO {self._update(table, {*key, *initial}, columns)}"
            )
        with self._errors():
            return self._connection.executemany(statement, rows).rowcount if rows else 0

    def _update(self, table: str, kept: Collection[str], columns: Sequence[str]) -> str:
        changed = [self.quoted(name) for name in columns if name not in kept]
        if not changed:
            return "NOTHING"
        assignments = ", ".join(f"{name} = excluded.{name}" for name in changed)
        # Not by the column's collation, which may take different letters for equal.
        differs = " OR ".join(f"{table}.{name} COLLATE BINARY IS NOT excluded.{name}" for name in changed)
        return f"UPDATE SET {assignments} WHERE {differs}"

    def _interim(self, table: str, column: Column, row: str) -> Iterable[Interim]:
        return interim_values(self, table, column, row)

    def _referred_to(self, table: str) -> bool:
        found = self.rows(
            "SELECT 1 FROM sqlite_master AS child, pragma_foreign_key_list(child.name) AS parent"
            " WHERE child.type = 'table' AND lower(parent.\"table\") = lower(?)",
            [table],
        )
        return bool(found)

    def analyze(self, tables: Sequence[str]) -> None:
        for name in tables:
            self.execute(f"ANALYZE {self.quoted(name)}")

    def next_number(self, table: str, key: str) -> int | None:
        last = self.rows(f"SELECT coalesce(max({self.quoted(key)}), 0) FROM {self.quoted(table)}")[0][0]
        if not isinstance(last, int):
            return None
        given = self.rows("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?", [table])[0][0]
        return 1 + max(last, int(str(given)))

    def advance_number(self, table: str, key: str, next_number: int) -> None:
        known = self.next_number(table, key)
        if known is None or known >= next_number:
            return
        if not self.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", [next_number - 1, table]):
            self.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table, next_number - 1])

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except sqlite3.Error as error:
            # An error of Python itself with a value has no code.
            if getattr(error, "sqlite_errorcode", None) in _DUPLICATE:
                raise DuplicateRowError(self._address, str(error)) from error
            if isinstance(error, sqlite3.IntegrityError) or "decode to UTF-8" in str(error):
                raise RowRefusedError(self._address, str(error)) from error
            raise DatabaseError(self._address, str(error)) from error


def sqlite_path(url: DatabaseUrl) -> Path:
    """The file of a ``sqlite:///relative`` or ``sqlite:////absolute`` URL."""
    return Path(unquote(url.reveal().partition("://")[2].removeprefix("/").partition("?")[0]))
