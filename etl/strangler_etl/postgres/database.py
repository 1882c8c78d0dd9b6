"""A connection to PostgreSQL 13 or newer."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import psycopg
from psycopg import sql

from strangler.secret import DatabaseUrl
from strangler_etl.engine.database import CopyingDatabase, Upsert
from strangler_etl.engine.key_actions import KeyAction, Shape
from strangler_etl.engine.schema import Column, Reference, SecondaryIndex, Table, UnindexedReference
from strangler_etl.engine.session import Row, Value
from strangler_etl.errors import DatabaseError, DuplicateRowError, RowRefusedError
from strangler_etl.postgres import catalogue, definitions, key_actions
from strangler_etl.postgres.fence import PostgresFence
from strangler_etl.postgres.journal import PostgresJournal
from strangler_etl.postgres.loading import CopyForm, Loading, insert_over
from strangler_etl.postgres.locks import lock_timeout
from strangler_etl.postgres.login import Login, connection_string, login_of
from strangler_etl.postgres.notation import literal, milliseconds
from strangler_etl.postgres.numbering import advance, sequence_of
from strangler_etl.postgres.pooling import WAIT_SECONDS, shares_sessions
from strangler_etl.postgres.refusal import mend_of_refusal, mend_of_time_out, refuses_row
from strangler_etl.postgres.run_lock import PostgresRunLock

_STREAM_ROWS = 2_000
_COPY_BYTES = 1 << 16
_CANCEL_SECONDS = 5.0
_STAGE = "strangler_stage"
_WORTH_COUNTING = 100_000
_POOLED = (
    "a connection pooler gives every transaction another session (as PgBouncer does with pool_mode = transaction), so"
    " that locks and settings would be lost without a word"
)
_NOT_POOLED = "write the address of the server itself, or let the pooler keep sessions (pool_mode = session)"
_PATIENCE = {"lock_timeout": 1, "statement_timeout": 1, "idle_in_transaction_session_timeout": 2}
"""How often the seconds of patience: who holds a lock waits for as long as a statement on another connection may."""
_NUMBERS = ("smallint", "integer", "bigint")
_ONE_TEXT = re.compile(r"smallint|integer|bigint|uuid|text$|character varying")
"""Types of which every client and cast gives the same text."""
_FREE_TEXT = re.compile(r"text$|character varying|varchar")
_WRITTEN = re.compile(r"(date|time[^\[\]]*|jsonb?)$")
_PLANNED_ROWS = re.compile(r"rows=(\d+)")
_INSTALL_LOCK = 7_283_640_117
"""Two processes that install at the same time would otherwise fail on the catalogue's unique indexes."""


class PostgresDatabase(CopyingDatabase):
    """PostgreSQL through psycopg."""

    placeholder = "%s"
    dialect = "postgres"
    kept_rows = " FOR SHARE"
    taken_rows = " FOR UPDATE"

    def __init__(self, url: DatabaseUrl) -> None:
        self._address = str(url)
        # What fails in a batch is raised; psycopg would also log that the end of the batch failed.
        logging.getLogger("psycopg").setLevel(logging.ERROR)
        self._connection = self._connected(url)
        with self._errors(), ExitStack() as failed:
            failed.callback(self.close)
            if shares_sessions(self._connection, lambda: _connection(url, WAIT_SECONDS)):
                raise DatabaseError(self._address, _POOLED, _NOT_POOLED)
            # What is copied as text, or has no zone, must mean the same on both sides, whatever their settings are.
            self._connection.execute(definitions.SESSION)
            failed.pop_all()

    def _connected(self, url: DatabaseUrl) -> psycopg.Connection:
        try:
            return _connection(url)
        except psycopg.Error as error:
            said = url.unveiled(str(error).splitlines()[0])
            raise DatabaseError(self._address, said, mend_of_refusal(said)) from error

    @property
    def address(self) -> str:
        return self._address

    @property
    def journal(self) -> PostgresJournal:
        return PostgresJournal(self)

    @property
    def fence(self) -> PostgresFence:
        return PostgresFence(self)

    @property
    def run_lock(self) -> PostgresRunLock:
        return PostgresRunLock(self)

    def close(self) -> None:
        self._connection.close()

    # --- statements ---

    def rows(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        with self._errors():
            return self._connection.execute(sql.encode(), parameters).fetchall()

    def carried(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        """Every value is the text that the server gives for it and takes back."""
        with self._errors():
            result = self._connection.execute(sql.encode(), parameters).pgresult
        if result is None:
            return []
        columns = range(result.nfields)
        return [tuple(_decoded(result.get_value(row, column)) for column in columns) for row in range(result.ntuples)]

    def stream(self, sql: str, parameters: Sequence[Value] | None = None) -> Iterator[Row]:
        with self._errors(), self._connection.cursor(name="strangler_stream") as cursor:
            cursor.itersize = _STREAM_ROWS
            cursor.execute(sql.encode(), parameters)
            yield from cursor

    def execute(self, sql: str, parameters: Sequence[Value] | None = None) -> int:
        with self._errors():
            return self._connection.execute(sql.encode(), parameters).rowcount

    def cancel(self) -> None:
        self._connection.cancel_safe(timeout=_CANCEL_SECONDS)

    @contextmanager
    def transaction(self, *, applying: bool = False) -> Generator[None]:
        with self._errors(), self._connection.transaction():
            if applying:
                self.execute("SET LOCAL strangler.origin = 'apply'")
                self.execute("SET CONSTRAINTS ALL DEFERRED")
            yield

    @contextmanager
    def locked(self, tables: Sequence[str], seconds: float) -> Generator[None]:
        names = ", ".join(map(self.quoted, sorted(tables)))
        with self.transaction():
            with lock_timeout(self, tables, seconds):
                self.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")
            yield

    def check_references(self, written: Upsert) -> None:
        self.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")

    @contextmanager
    def patience(self, seconds: float) -> Generator[None]:
        usual = {name: self.rows("SELECT current_setting(%s)", [name])[0][0] for name in _PATIENCE}
        self._set({name: milliseconds(times * seconds) for name, times in _PATIENCE.items()})
        try:
            yield
        finally:
            if not self._connection.closed:
                self._set(usual)

    def _set(self, settings: Mapping[str, Value]) -> None:
        for name, value in settings.items():
            self.rows("SELECT set_config(%s, %s, false)", [name, value])

    @contextmanager
    def snapshot(self) -> Generator[None]:
        with self._errors(), self._connection.transaction():
            self.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield

    def quoted(self, name: str) -> str:
        return sql.Identifier(name).as_string()

    def own(self, name: str) -> str:
        return f"strangler.{name}"

    def escaped(self, sql: str) -> str:
        return sql.replace("%", "%%")

    def typed(self, expression: str, type_: str) -> str:
        return f"CAST({expression} AS {type_})"

    def written(self, expression: str, type_: str) -> str:
        # A cast, unlike what clients get, never leaves the netmask away: https://www.postgresql.org/docs/current/functions-net.html
        return f"abbrev({expression})" if type_ == "inet" else super().written(expression, type_)

    def key_texts(self, type_: str, keys: Iterable[Value]) -> list[str]:
        texts = super().key_texts(type_, keys)
        if not texts or _ONE_TEXT.match(type_):
            return texts
        # JSON, in which the journal keeps them, has other moments, and blanks at the end.
        given = "unnest(%s::text[]) WITH ORDINALITY AS given (key, place)"
        query = f"SELECT CAST(CAST(key AS {type_}) AS text) FROM {given} ORDER BY place"
        return [str(text) for (text,) in self.rows(query, [texts])]

    def worded(self, expression: str, type_: str, *, key: bool) -> str:
        # A client gets another text than a cast gives: of booleans, addresses, and blanks at the end of `character`.
        if _FREE_TEXT.match(type_):
            return expression
        return self.as_text(expression, type_) if key else self.written(expression, type_)

    def legible(self, expression: str, type_: str) -> str:
        # Infinity, years before 1 or after 9999, 24:00, numbers of documents beyond what Python's hold, JSON's null.
        return f"CAST({self.typed(expression, type_)} AS text)" if _WRITTEN.match(type_) else expression

    def derived_key(self, table: str, expression: str) -> str:
        return f"strangler.derived_key({literal(table)}, CAST({expression} AS text))"

    def as_key(self, expression: str) -> str:
        return f"CAST({expression} AS uuid)"

    def any_of(self, expression: str, type_: str, keys: Sequence[str]) -> tuple[str, Sequence[Value]]:
        # The parameter is converted, not the column: its index is used.
        return f"{expression} = ANY(CAST(CAST(%s AS text[]) AS {type_}[]))", [list(keys)]

    def any_row_of(
        self, columns: Sequence[tuple[str, str]], keys: Sequence[Sequence[str]]
    ) -> tuple[str, Sequence[Value]]:
        names = [f"part_{number}" for number in range(len(columns))]
        typed = ", ".join(f"CAST({name} AS {type_})" for name, (_, type_) in zip(names, columns, strict=True))
        given = ", ".join(["CAST(%s AS text[])"] * len(columns))
        expressions = ", ".join(expression for expression, _ in columns)
        rows = f"SELECT {typed} FROM unnest({given}) AS given ({', '.join(names)})"
        return f"({expressions}) IN ({rows})", [[key[number] for key in keys] for number in range(len(columns))]

    def rendered(self, sql: str, parameters: Sequence[Value]) -> str:
        """The statement with its parameters written into it."""
        return psycopg.ClientCursor(self._connection).mogrify(sql.encode(), parameters)

    def estimate(self, sql: str, parameters: Sequence[Value]) -> int:
        plan = self.rows(f"EXPLAIN {sql}", parameters)
        found = _PLANNED_ROWS.search(str(plan[0][0]))
        planned = int(found[1]) if found else 0
        return planned if planned > _WORTH_COUNTING else super().estimate(sql, parameters)

    def result_types(self, sql: str, parameters: Sequence[Value]) -> tuple[int, ...]:
        """The types of a query's columns, by their numbers in the catalogue."""
        with self._errors():
            described = self._connection.execute(f"SELECT * FROM ({sql}) AS described LIMIT 0".encode(), parameters)
        return tuple(column.type_code for column in described.description or ())

    @property
    def login(self) -> Login:
        """Where and as whom this connection has logged in, for further ones."""
        return login_of(self._connection)

    # --- schema ---

    def table_names(self) -> Sequence[str]:
        return [str(name) for (name,) in self.rows(catalogue.TABLE_NAMES)]

    def tables(self, names: Iterable[str]) -> Mapping[str, Table]:
        wanted = list(names)
        columns: dict[str, dict[str, Column]] = {}
        for table, name, type_, optional, nullable in self.rows(catalogue.TABLES, [wanted]):
            found = Column(str(name), str(type_), bool(optional), bool(nullable))
            columns.setdefault(str(table), {})[found.name] = found
        unique: dict[str, set[str]] = {}
        for table, column in self.rows(catalogue.UNIQUE_COLUMNS, [wanted]):
            unique.setdefault(str(table), set()).add(str(column))
        keys: dict[str, tuple[str, ...]] = {}
        for table, column in self.rows(catalogue.KEY_COLUMNS, [wanted]):
            keys[str(table)] = (*keys.get(str(table), ()), str(column))
        parents: dict[str, set[str]] = {}
        for table, parent in self.rows(catalogue.PARENTS, [wanted]):
            parents.setdefault(str(table), set()).add(str(parent))
        return {
            name: Table(
                name, found, keys.get(name, ()), frozenset(unique.get(name, ())), frozenset(parents.get(name, ()))
            )
            for name, found in columns.items()
        }

    def unindexed_references(self, parents: Sequence[str]) -> Sequence[UnindexedReference]:
        with self._errors():
            found = self._connection.execute(catalogue.UNINDEXED_REFERENCES, [list(parents)]).fetchall()
        return [UnindexedReference(table, tuple(columns), parent, mend) for table, columns, parent, mend in found]

    def secondary_indexes(self, table: str) -> Sequence[SecondaryIndex]:
        found = self.rows(catalogue.SECONDARY_INDEXES, [self.quoted(table)])
        return [SecondaryIndex(*map(str, row)) for row in found]

    def references(self, tables: Sequence[str]) -> Sequence[Reference]:
        with self._errors():
            found = self._connection.execute(catalogue.REFERENCES, [list(tables)]).fetchall()
        return [Reference(*row) for row in found]

    def key_actions(self) -> Sequence[KeyAction]:
        return key_actions.key_actions(self)

    def shape(self, table: str) -> Shape:
        return key_actions.shape_of(self, table)

    def unchecked(self) -> AbstractContextManager[None]:
        return nullcontext()

    def install(self) -> None:
        with self.transaction():
            self.execute("SELECT pg_advisory_xact_lock(%s)", [_INSTALL_LOCK])
            self.execute(definitions.SCHEMA)

    @property
    def installed(self) -> bool:
        return self.rows("SELECT to_regclass('strangler.authority') IS NOT NULL") == [(True,)]

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
        values = f"VALUES ({', '.join(['%s'] * len(columns))})"
        statement = self._insert_over(table, key, columns, values, initial)
        with self._errors(), self._connection.cursor() as cursor:
            cursor.executemany(statement.encode(), rows)
            return cursor.rowcount if rows else 0

    def _insert_over(
        self, table: str, key: Sequence[str], columns: Sequence[str], rows: str, initial: Collection[str]
    ) -> str:
        key, columns, initial = ([*map(self.quoted, names)] for names in (key, columns, initial))
        return insert_over(table, key, columns, rows, initial)

    def copy_out(self, sql: str, parameters: Sequence[Value]) -> Iterator[bytes]:
        statement = f"COPY ({sql}) TO STDOUT".encode()
        # In a savepoint of its own: a copy that is given up half way must not take the transaction with it.
        with self.transaction(), self._connection.cursor() as cursor, cursor.copy(statement, parameters) as copy:
            block = bytearray()
            for row in copy:
                block += row
                if len(block) >= _COPY_BYTES:
                    yield bytes(block)
                    block.clear()
            yield bytes(block)

    def copy_in(self, table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> int:
        with self.loading(table, columns) as write:
            for block in blocks:
                write(block)
        return write.rows

    def load(self, into: Upsert, write: Callable[[Loading], None], form: CopyForm = CopyForm.TEXT) -> int:
        """Insert the rows that `write` writes, or change those whose key is there; return how many. In a transaction.

        They are like those of `into`, which has none itself. `write` is called again where a row is there: that costs
        more, and is the case only if a follower was faster.
        """
        try:
            with self.loading(into.table, into.columns, form=form) as loading:
                write(loading)
        except DuplicateRowError:
            with self.loading_over(into, form=form) as loading:
                write(loading)
        return loading.rows

    @contextmanager
    def loading(self, table: str, columns: Sequence[str], *, form: CopyForm = CopyForm.TEXT) -> Generator[Loading]:
        """Insert rows that the block writes in the format of COPY; DuplicateRowError when one is there already.

        What is inserted by then is undone when the block raises.
        """
        statement = f"COPY {self.quoted(table)} ({', '.join(map(self.quoted, columns))}) FROM STDIN{form.value}"
        with self.transaction(), self._connection.cursor() as cursor:
            with cursor.copy(statement.encode()) as copy:
                loading = Loading(copy)
                yield loading
                loading.flush()
            loading.rows = cursor.rowcount

    @contextmanager
    def loading_over(self, into: Upsert, *, form: CopyForm = CopyForm.TEXT) -> Generator[Loading]:
        """Insert rows as `loading` does, or change those whose key is there; in a transaction."""
        names, table = ", ".join(map(self.quoted, into.columns)), self.quoted(into.table)
        with self.transaction():
            self.execute(f"CREATE TEMPORARY TABLE {_STAGE} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
            with self.loading(_STAGE, into.columns, form=form) as loading:
                yield loading
            staged = f"SELECT {names} FROM pg_temp.{_STAGE}"
            self.execute(self._insert_over(table, into.key, into.columns, staged, into.initial))
            self.execute(f"DROP TABLE pg_temp.{_STAGE}")

    def _referred_to(self, table: str) -> bool:
        return bool(self.rows("SELECT 1 FROM pg_constraint WHERE confrelid = %s::regclass", [self.quoted(table)]))

    def analyze(self, tables: Sequence[str]) -> None:
        self.execute(f"ANALYZE {', '.join(map(self.quoted, tables))}")

    def next_number(self, table: str, key: str) -> int | None:
        sequence = sequence_of(self, self.quoted(table), key)
        if sequence is not None:
            return sequence.next
        if self.tables([table])[table].columns[key].type not in _NUMBERS:
            return None
        found = self.rows(f"SELECT coalesce(max({self.quoted(key)}), 0) + 1 FROM {self.quoted(table)}")
        return int(str(found[0][0]))

    def advance_number(self, table: str, key: str, next_number: int) -> None:
        advance(self, self.quoted(table), key, next_number)

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except psycopg.errors.UniqueViolation as error:
            raise DuplicateRowError(self._address, error.diag.message_primary or str(error)) from error
        except psycopg.Error as error:
            what = (error.diag.message_primary or str(error)).splitlines()[0]
            if refuses_row(error.sqlstate):
                raise RowRefusedError(self._address, what) from error
            raise DatabaseError(self._address, what, mend_of_time_out(error.sqlstate, what)) from error


def _connection(url: DatabaseUrl, seconds: int | None = None) -> psycopg.Connection:
    """A connection that is made within the seconds, where they are given."""
    return psycopg.connect(
        connection_string(url), autocommit=True, application_name="strangler", connect_timeout=seconds
    )


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
