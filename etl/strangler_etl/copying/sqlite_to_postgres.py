"""Copies chunks from SQLite to PostgreSQL: as rows that SQLite itself writes, or value by value where that fails.

Whatever the first way can not carry, or PostgreSQL refuses of it, is tried the second way in the same transaction: that
one says which row it is, and in which column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager

import psycopg
from sqlglot import exp

from strangler_etl.copying.transfer import Errand, OneLane
from strangler_etl.engine.session import Row
from strangler_etl.errors import DatabaseError, DuplicateRowError, UnfitRowError
from strangler_etl.mapping.mapping import ExpressionColumn, MappedColumn, MappedTable, ServiceMapping
from strangler_etl.migration import Migration
from strangler_etl.postgres.database import PostgresDatabase
from strangler_etl.postgres.loading import CopyForm, Loading
from strangler_etl.run.rate import RateUnit
from strangler_etl.run.throttle import Throttle
from strangler_etl.sqlite.database import SQLiteDatabase
from strangler_etl.sqlite.quoted_rows import QuotedColumn, quoted_block, quoted_rows
from strangler_etl.sqlite.values import UnfitValueError, postgres_text

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_LINE = re.compile(r"^COPY .*?, line (\d+)", re.MULTILINE)


class SQLiteToPostgres(OneLane):
    """Copies one chunk after the other, over the two connections that are there."""

    def __init__(
        self, source: SQLiteDatabase, target: PostgresDatabase, mapping: ServiceMapping, throttle: Throttle
    ) -> None:
        super().__init__(source, target, throttle)
        self._sqlite = source
        self._postgres = target
        self._mapping = mapping

    def _rows(self, errand: Errand) -> int:
        table = self._mapping.of_source(errand.chunk.table)
        try:
            return self._load(errand, lambda loading: self._quoted(errand, table, loading), CopyForm.QUOTED)
        except DuplicateRowError:
            raise
        except DatabaseError:
            return self._one_by_one(errand, table)

    def _load(self, errand: Errand, write: Callable[[Loading], None], form: CopyForm) -> int:
        return self._postgres.load(errand.table, errand.key, errand.columns, write, form)

    def _quoted(self, errand: Errand, table: MappedTable, loading: Loading) -> None:
        columns = [
            QuotedColumn(self._sqlite.quoted(column.target), _type(table, column), not _is_column(column))
            for column in table.columns
        ]
        for rows in self._sqlite.unread(quoted_rows(errand.sql, columns), errand.parameters, bytes):
            self._write(loading, quoted_block([row[0] for row in rows]))

    def _write(self, loading: Loading, block: bytes) -> None:
        loading(block)
        self._throttle.count(len(block), RateUnit.BYTES)

    def _one_by_one(self, errand: Errand, table: MappedTable) -> int:
        try:
            return self._load(errand, lambda loading: self._plain(errand, table, loading), CopyForm.TEXT)
        except DuplicateRowError:
            raise
        except DatabaseError as error:
            raise self._named(errand, table, error) or error from error

    def _plain(self, errand: Errand, table: MappedTable, loading: Loading) -> None:
        for rows in self._sqlite.unread(errand.sql, errand.parameters, _text):
            self._write(loading, "".join([self._line(table, row) for row in rows]).encode())

    def _line(self, table: MappedTable, row: Row) -> str:
        fields: list[str] = []
        for value, column in zip(row, table.columns, strict=True):
            try:
                text = postgres_text(value, _type(table, column))
            except UnfitValueError as error:
                raise self._unfit(table, row, f"the column {column.target} has {error}") from error
            fields.append("\\N" if text is None else text.translate(_ESCAPES))
        return "\t".join(fields) + "\n"

    def _named(self, errand: Errand, table: MappedTable, error: DatabaseError) -> UnfitRowError | None:
        """The error with the row in it, where the target says which line it refuses."""
        cause = error.__cause__
        found = _LINE.search(cause.diag.context or "") if isinstance(cause, psycopg.Error) else None
        if found is None:
            return None
        # Without a change in between the same query gives its rows in the same order.
        query = f"SELECT * FROM ({errand.sql}) AS copied LIMIT 1 OFFSET {int(found[1]) - 1}"
        rows = [row for rows in self._sqlite.unread(query, errand.parameters, _text) for row in rows]
        return self._unfit(table, rows[0], error.what) if rows else None

    def _unfit(self, table: MappedTable, row: Row, what: str) -> UnfitRowError:
        known_by = table.number or table.key
        position = [column.target for column in table.columns].index(known_by)
        return UnfitRowError(self._sqlite.address, table.source.name, f"{known_by} {row[position]!s}", what)


def _type(table: MappedTable, column: MappedColumn) -> str:
    return table.target.columns[column.target].type


def _is_column(column: MappedColumn) -> bool:
    return isinstance(column, ExpressionColumn) and isinstance(column.expression, exp.Column)


def _text(value: bytes) -> str:
    return value.decode(errors="surrogateescape")


@contextmanager
def opened_copier(migration: Migration, throttle: Throttle) -> Generator[SQLiteToPostgres]:
    """What copies the chunks of a migration from SQLite to PostgreSQL."""
    source, target = migration.source, migration.target
    if not isinstance(source, SQLiteDatabase) or not isinstance(target, PostgresDatabase):
        raise TypeError("this way is from SQLite to PostgreSQL")
    yield SQLiteToPostgres(source, target, migration.mapping, throttle)
