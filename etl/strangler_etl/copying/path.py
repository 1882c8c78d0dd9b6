"""The ways rows can take from one database to the other."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from strangler_etl.engine.database import Database
from strangler_etl.mapping.column_types import UUID
from strangler_etl.mapping.mapping import DerivedColumn, MappedTable
from strangler_etl.mapping.selects import forward_select


class CopyPath(StrEnum):
    """How rows travel, fastest first."""

    BLOCKS = "COPY blocks"
    """In the binary format, as blocks that pass through unread."""
    TEXT = "COPY text"
    """As text that the source's engine writes."""
    ROWS = "rows"
    """One by one, as Python values."""

    @property
    def rows_per_second(self) -> int:
        """A cautious guess for rows of ten columns; for estimates only."""
        return {CopyPath.BLOCKS: 150_000, CopyPath.TEXT: 100_000, CopyPath.ROWS: 20_000}[self]


def path_of(source: Database, target: Database, table: MappedTable, *, absent: bool = False) -> CopyPath:
    """The way that `strangler_etl.copying.copier` chooses for a table; works before strangler's own tables exist.

    An `absent` target table will get the types of the source's query.
    """
    if target.dialect == "postgres" and source.dialect in {"sqlite", "mariadb"}:
        return CopyPath.TEXT
    if not source.dialect == target.dialect == "postgres":
        return CopyPath.ROWS
    if absent:
        return CopyPath.BLOCKS
    # Its driver is an extra.
    from strangler_etl.postgres.binary_copy import copy_format  # noqa: PLC0415
    from strangler_etl.postgres.database import PostgresDatabase  # noqa: PLC0415

    assert isinstance(source, PostgresDatabase)
    assert isinstance(target, PostgresDatabase)
    derived = [column for column in table.columns if isinstance(column, DerivedColumn)]
    plain = tuple(column for column in table.columns if not isinstance(column, DerivedColumn))
    select = forward_select(source, replace(table, columns=plain))
    if any(table.target.columns[column.target].type != UUID for column in derived):
        return CopyPath.TEXT
    binary = not plain or copy_format(source, target, select.between(source), table.target.name, select.columns).binary
    return CopyPath.BLOCKS if binary else CopyPath.TEXT
