"""About how large the rows of a mapping are; strangler's own tables need not be there."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlglot import exp

from strangler_etl.database import Database, Value
from strangler_etl.mapping import DerivedColumn, ExpressionColumn, MappedTable
from strangler_etl.selects import forward_select

_SAMPLE = 200
_UNKNOWN_SIZE = "SELECT 1 FROM pg_class WHERE relname = ANY(%s) AND reltuples < 0 AND pg_table_is_visible(oid)"
"""Tables nobody has analysed since PostgreSQL 14, of which the planner only guesses."""


def estimated_size(database: Database, table: MappedTable) -> tuple[int, int]:
    """About how many target rows and bytes there are: PostgreSQL's planner knows of tables it has seen."""
    text, parameters = forward_select(database, _with_source_keys(table)).between(database)
    if database.dialect == "postgres":
        found = database.rows(f"EXPLAIN (FORMAT JSON) {text}", parameters)[0][0]
        if not database.rows(_UNKNOWN_SIZE, [list(table.read_from)]):
            return _expected_by_planner(found)
    rows = int(str(database.rows(f"SELECT count(*) FROM ({text}) AS counted", parameters)[0][0]))
    sample = database.rows(f"{text} LIMIT {_SAMPLE}", parameters)
    length = sum(len(str(value)) for row in sample for value in row) / max(1, len(sample))
    return rows, round(rows * length)


def _expected_by_planner(found: Value) -> tuple[int, int]:
    plans: object = json.loads(json.dumps(found))
    match plans:
        case [{"Plan": {"Plan Rows": int(rows), "Plan Width": int(width)}}]:
            return rows, rows * width
        case _:
            return 0, 0


def _with_source_keys(table: MappedTable) -> MappedTable:
    """The table without keys of its own: the key map and its functions need not be there yet."""
    columns = tuple(
        ExpressionColumn(column.target, exp.column(column.source, table=table.source.name, quoted=True), column.source)
        if isinstance(column, DerivedColumn)
        else column
        for column in table.columns
    )
    return replace(table, columns=columns)
