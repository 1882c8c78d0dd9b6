"""Copies chunks from another engine to PostgreSQL: as COPY text the source's SQL writes, or value by value.

When PostgreSQL refuses the first, or it cannot carry a value, the chunk is copied the second way in the same
transaction: that way knows which row and column is at fault.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import closing

import psycopg

from strangler_etl.copying.transfer import Errand, OneLane
from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import key_name, key_of_row
from strangler_etl.engine.session import Row, Value
from strangler_etl.errors import DatabaseError, DuplicateRowError, UnfitRowError
from strangler_etl.mapping.mapping import MappedColumn, MappedTable, ServiceMapping
from strangler_etl.postgres.database import PostgresDatabase
from strangler_etl.postgres.loading import CopyForm, Loading
from strangler_etl.run.rate import RateUnit
from strangler_etl.run.throttle import Throttle
from strangler_etl.values.conversions import UnfitValueError

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_LINE = re.compile(r"^COPY .*?, line (\d+)", re.MULTILINE)


class ForeignRows(OneLane):
    """Copies one chunk after the other, over the two open connections."""

    form: CopyForm
    """The form of the rows that the source writes."""

    def __init__(
        self,
        source: Database,
        target: PostgresDatabase,
        mapping: ServiceMapping,
        throttle: Throttle,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(source, target, throttle, clock)
        self._address = source.address
        self._postgres = target
        self._mapping = mapping

    @abstractmethod
    def _written(self, errand: Errand, table: MappedTable) -> Generator[bytes]:
        """The rows of an errand as the source writes them for COPY, in blocks."""

    @abstractmethod
    def _read(self, errand: Errand, sql: str) -> Generator[Sequence[Row]]:
        """The rows of a query with the errand's parameters as Python values, in batches."""

    @abstractmethod
    def _text(self, value: Value, type_: str) -> str | None:
        """The text that PostgreSQL reads as the value, for a column of the type; UnfitValueError when there is none."""

    def _rows(self, errand: Errand) -> int:
        table = self._mapping.named(errand.chunk.table)
        try:
            return self._load(errand, lambda loading: self._fast(errand, table, loading), self.form)
        except DuplicateRowError:
            raise
        except DatabaseError:
            return self._one_by_one(errand, table)

    def _load(self, errand: Errand, write: Callable[[Loading], None], form: CopyForm) -> int:
        return self._postgres.load(errand.into, write, form)

    def _fast(self, errand: Errand, table: MappedTable, loading: Loading) -> None:
        # Closing an abandoned stream leaves the connection fit for the next query.
        with closing(self._written(errand, table)) as blocks:
            for block in blocks:
                self._write(loading, block)

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
        with closing(self._read(errand, errand.sql)) as blocks:
            for rows in blocks:
                self._write(loading, "".join([self._line(table, row) for row in rows]).encode())

    def _line(self, table: MappedTable, row: Row) -> str:
        fields: list[str] = []
        for value, column in zip(row, table.columns, strict=True):
            try:
                text = self._text(value, wanted_type(table, column))
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
        # The snapshot does not change, so the same query gives its rows in the same order.
        query = f"SELECT * FROM ({errand.sql}) AS copied LIMIT 1 OFFSET {int(found[1]) - 1}"
        rows = [row for rows in self._read(errand, query) for row in rows]
        return self._unfit(table, rows[0], error.what) if rows else None

    def _unfit(self, table: MappedTable, row: Row, what: str) -> UnfitRowError:
        columns = [column.target for column in table.columns]
        key = key_of_row(row, [columns.index(name) for name in table.known_by])
        return UnfitRowError(self._address, table.source.name, f"{key_name(table.known_by)} {key!s}", what)


def wanted_type(table: MappedTable, column: MappedColumn) -> str:
    """The type of the target's column."""
    return table.target.columns[column.target].type
