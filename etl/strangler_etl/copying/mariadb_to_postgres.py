"""Copies chunks from MariaDB to PostgreSQL, as lines of COPY text that MariaDB itself writes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager

from strangler_etl.copying.foreign_rows import ForeignRows, wanted_type
from strangler_etl.copying.transfer import Errand
from strangler_etl.engine.session import Row, Value
from strangler_etl.mapping.column_types import type_of
from strangler_etl.mapping.mapping import MappedTable, ServiceMapping
from strangler_etl.mariadb.database import MariaDBDatabase
from strangler_etl.mariadb.forms import CopiedColumn, copied_lines
from strangler_etl.mariadb.values import postgres_text
from strangler_etl.migration import Migration
from strangler_etl.postgres.database import PostgresDatabase
from strangler_etl.postgres.loading import CopyForm
from strangler_etl.run.throttle import Throttle


class MariaDBToPostgres(ForeignRows):
    """Copies one chunk after the other, over the two open connections."""

    form = CopyForm.TEXT

    def __init__(
        self,
        source: MariaDBDatabase,
        target: PostgresDatabase,
        mapping: ServiceMapping,
        throttle: Throttle,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(source, target, mapping, throttle, clock)
        self._mariadb = source

    def _written(self, errand: Errand, table: MappedTable) -> Generator[bytes]:
        columns = [
            CopiedColumn(self._mariadb.quoted(column.target), wanted_type(table, column), type_of(table, column))
            for column in table.columns
        ]
        with closing(self._mariadb.lines(copied_lines(errand.sql, columns), errand.parameters)) as blocks:
            for lines in blocks:
                yield b"\n".join(lines) + b"\n"

    def _read(self, errand: Errand, sql: str) -> Generator[Sequence[Row]]:
        return self._mariadb.blocks(sql, errand.parameters)

    def _text(self, value: Value, type_: str) -> str | None:
        return postgres_text(value, type_)


@contextmanager
def opened_copier(migration: Migration, throttle: Throttle, clock: Callable[[], float]) -> Generator[MariaDBToPostgres]:
    """Yield the copier of a migration from MariaDB to PostgreSQL."""
    source, target = migration.source, migration.target
    if not isinstance(source, MariaDBDatabase) or not isinstance(target, PostgresDatabase):
        raise TypeError("this way is from MariaDB to PostgreSQL")
    yield MariaDBToPostgres(source, target, migration.mapping, throttle, clock)
