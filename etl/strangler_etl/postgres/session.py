"""A session of PostgreSQL 13 or newer: statements, transactions, and how it writes SQL."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

import psycopg
from psycopg import sql

from strangler.secret import DatabaseUrl
from strangler_etl.engine.session import Row, Session, Value
from strangler_etl.errors import DatabaseError, DuplicateRowError, RowRefusedError
from strangler_etl.postgres import definitions
from strangler_etl.postgres.locks import lock_out_writers
from strangler_etl.postgres.login import Login, connection_string, login_of
from strangler_etl.postgres.notation import literal, milliseconds
from strangler_etl.postgres.pooling import WAIT_SECONDS, shares_sessions
from strangler_etl.postgres.refusal import mend_of_hidden_rows, mend_of_refusal, mend_of_time_out, refuses_row

_STREAM_ROWS = 2_000
_CANCEL_SECONDS = 5.0
_WORTH_COUNTING = 100_000
_POOLED = (
    "a connection pooler gives every transaction another session (as PgBouncer does with pool_mode = transaction), so"
    " that locks and settings would be lost without a word"
)
_NOT_POOLED = "write the address of the server itself, or let the pooler keep sessions (pool_mode = session)"
_PATIENCE = {"lock_timeout": 1, "statement_timeout": 1, "idle_in_transaction_session_timeout": 2}
"""Multiples of the seconds of patience: a lock holder may have to wait as long as a statement elsewhere may take."""
_ONE_TEXT = re.compile(r"smallint|integer|bigint|uuid|text$|character varying")
"""Types for which every client and cast gives the same text."""
_FREE_TEXT = re.compile(r"text$|character varying|varchar")
_WRITTEN = re.compile(r"(date|time[^\[\]]*|interval.*|jsonb?|\w+range|.*\[\])$")
_PLANNED_ROWS = re.compile(r"rows=(\d+)")


class PostgresSession(Session):
    """PostgreSQL through psycopg."""

    placeholder = "%s"
    dialect = "postgres"
    kept_rows = " FOR SHARE"
    taken_rows = " FOR UPDATE"

    def __init__(self, url: DatabaseUrl) -> None:
        self._address = str(url)
        # Errors of a pipeline are raised; psycopg would also log that the end of the pipeline failed.
        logging.getLogger("psycopg").setLevel(logging.ERROR)
        self._connection = self._connected(url)
        with self._errors(), ExitStack() as failed:
            failed.callback(self.close)
            if shares_sessions(self._connection, lambda: _connection(url, WAIT_SECONDS)):
                raise DatabaseError(self._address, _POOLED, _NOT_POOLED)
            # Values copied as text, or without a zone, must mean the same on both sides, whatever their settings.
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

    def close(self) -> None:
        self._connection.close()

    def forbid_hidden_rows(self) -> None:
        self.execute(definitions.NOTHING_HIDDEN)

    # --- statements ---

    def rows(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        with self._errors():
            return self._connection.execute(sql.encode(), parameters).fetchall()

    def carried(self, sql: str, parameters: Sequence[Value] | None = None) -> list[Row]:
        """Run a query; every value is the text that the server gives for it and accepts back."""
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
        with self.transaction():
            lock_out_writers(self, tables, seconds)
            yield

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
        # A cast, unlike client output, never omits the netmask: https://www.postgresql.org/docs/current/functions-net.html
        return f"abbrev({expression})" if type_ == "inet" else super().written(expression, type_)

    def key_texts(self, type_: str, keys: Iterable[Value]) -> list[str]:
        texts = super().key_texts(type_, keys)
        if not texts or _ONE_TEXT.match(type_):
            return texts
        # JSON, in which the journal keeps them, formats timestamps differently, and keeps trailing blanks.
        given = "unnest(%s::text[]) WITH ORDINALITY AS given (key, place)"
        query = f"SELECT CAST(CAST(key AS {type_}) AS text) FROM {given} ORDER BY place"
        return [str(text) for (text,) in self.rows(query, [texts])]

    def worded(self, expression: str, type_: str, *, key: bool) -> str:
        # Client output and casts differ: for booleans, addresses, and trailing blanks of `character`.
        if _FREE_TEXT.match(type_):
            return expression
        return self.as_text(expression, type_) if key else self.written(expression, type_)

    def legible(self, expression: str, type_: str) -> str:
        # Infinity, years before 1 or after 9999, 24:00, months that are no days, the number an array begins with,
        # numbers of documents beyond what Python's hold, JSON's null.
        return f"CAST({self.typed(expression, type_)} AS text)" if _WRITTEN.match(type_) else expression

    def derived_key(self, table: str, expression: str) -> str:
        return f"strangler.derived_key({literal(table)}, CAST({expression} AS text))"

    def as_key(self, expression: str) -> str:
        return f"CAST({expression} AS uuid)"

    def any_of(self, expression: str, type_: str, keys: Sequence[str]) -> tuple[str, Sequence[Value]]:
        # The parameter is converted, not the column, so that the column's index is used.
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

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except (psycopg.errors.UniqueViolation, psycopg.errors.ExclusionViolation) as error:
            raise DuplicateRowError(self._address, error.diag.message_primary or str(error)) from error
        except psycopg.Error as error:
            what = (error.diag.message_primary or str(error)).splitlines()[0]
            if refuses_row(error.sqlstate):
                raise RowRefusedError(self._address, what) from error
            hidden = mend_of_hidden_rows(error.diag.source_function, self.quoted(self._connection.info.user))
            raise DatabaseError(self._address, what, hidden or mend_of_time_out(error.sqlstate, what)) from error


def _connection(url: DatabaseUrl, seconds: int | None = None) -> psycopg.Connection:
    """A connection, made within `seconds` where given."""
    return psycopg.connect(
        connection_string(url), autocommit=True, application_name="strangler", connect_timeout=seconds
    )


def _decoded(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
