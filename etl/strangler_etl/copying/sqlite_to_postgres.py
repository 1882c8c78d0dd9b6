"""Copies chunks from SQLite to PostgreSQL, as rows that SQLite itself writes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager

from sqlglot import exp

from strangler_etl.copying.foreign_rows import ForeignRows, wanted_type
from strangler_etl.copying.transfer import Errand
from strangler_etl.engine.session import Row, Value
from strangler_etl.mapping.mapping import ExpressionColumn, MappedColumn, MappedTable, ServiceMapping
from strangler_etl.migration import Migration
from strangler_etl.postgres.database import PostgresDatabase
from strangler_etl.postgres.loading import CopyForm
from strangler_etl.run.throttle import Throttle
from strangler_etl.sqlite.database import SQLiteDatabase
from strangler_etl.sqlite.quoted_rows import QuotedColumn, quoted_block, quoted_rows
from strangler_etl.sqlite.values import postgres_text


class SQLiteToPostgres(ForeignRows):
    """Copies one chunk after the other, over the two open connections."""

    form = CopyForm.QUOTED

    def __init__(
        self,
        source: SQLiteDatabase,
        target: PostgresDatabase,
        mapping: ServiceMapping,
        throttle: Throttle,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(source, target, mapping, throttle, clock)
        self._sqlite = source

    def _written(self, errand: Errand, table: MappedTable) -> Generator[bytes]:
        columns = [
            QuotedColumn(self._sqlite.quoted(column.target), wanted_type(table, column), not _is_column(column))
            for column in table.columns
        ]
        with closing(self._sqlite.unread(quoted_rows(errand.sql, columns), errand.parameters, bytes)) as blocks:
            for rows in blocks:
                yield quoted_block([row[0] for row in rows])

    def _read(self, errand: Errand, sql: str) -> Generator[Sequence[Row]]:
        return self._sqlite.unread(sql, errand.parameters, _decoded)

    def _text(self, value: Value, type_: str) -> str | None:
        return postgres_text(value, type_)


def _is_column(column: MappedColumn) -> bool:
    return isinstance(column, ExpressionColumn) and isinstance(column.expression, exp.Column)


def _decoded(value: bytes) -> str:
    return value.decode(errors="surrogateescape")


@contextmanager
def opened_copier(migration: Migration, throttle: Throttle, clock: Callable[[], float]) -> Generator[SQLiteToPostgres]:
    """Yield the copier of a migration from SQLite to PostgreSQL."""
    source, target = migration.source, migration.target
    if not isinstance(source, SQLiteDatabase) or not isinstance(target, PostgresDatabase):
        raise TypeError("this way is from SQLite to PostgreSQL")
    yield SQLiteToPostgres(source, target, migration.mapping, throttle, clock)
