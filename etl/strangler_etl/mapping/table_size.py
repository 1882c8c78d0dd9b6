"""Estimates the size of a mapping's rows; works before strangler's own tables exist."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from strangler_etl.engine.database import Database
from strangler_etl.errors import DatabaseError
from strangler_etl.mapping.mapping import DerivedColumn, ExpressionColumn, MappedTable
from strangler_etl.mapping.selects import forward_select

_SAMPLE = 200


def estimated_size(database: Database, table: MappedTable) -> tuple[int, int]:
    """About how many target rows there are, and their bytes as text; 0 bytes where a value cannot be read.

    Call it outside of a transaction.
    """
    text, parameters = forward_select(database, with_source_keys(table)).between(database)
    try:
        sample = database.rows(f"{text} LIMIT {_SAMPLE}", parameters)
    except DatabaseError:
        database.rows(f"{text} LIMIT 0", parameters)
        # The query is valid but a value is not: copying names the row.
        return database.estimate(text, parameters), 0
    rows = database.estimate(text, parameters) if len(sample) == _SAMPLE else len(sample)
    length = sum(len(str(value)) for row in sample for value in row) / max(1, len(sample))
    return rows, round(rows * length)


def with_source_keys(table: MappedTable) -> MappedTable:
    """The table without keys of its own: the key map and its functions need not exist yet."""
    columns = tuple(
        ExpressionColumn(column.target, exp.column(column.source, table=table.source.name, quoted=True), column.source)
        if isinstance(column, DerivedColumn)
        else column
        for column in table.columns
    )
    return replace(table, columns=columns)
