"""Counts the source rows that a risk concerns; the source reads every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from strangler_etl.engine.database import Database
from strangler_etl.mapping.mapping import MappedTable
from strangler_etl.mapping.selects import forward_select
from strangler_etl.mapping.table_size import with_source_keys
from strangler_etl.planning.table_risks import Risk, RiskKind
from strangler_etl.values.conversions import most_characters


def checked_risks(source: Database, table: MappedTable, risks: Sequence[Risk]) -> Iterator[Risk]:
    """The risks with the number of rows that would stop the copy, where that can be counted; drops those of none."""
    for risk in risks:
        rows = _rows_at_risk(source, table, risk)
        if rows != 0:
            yield replace(risk, rows=rows)


def _rows_at_risk(source: Database, table: MappedTable, risk: Risk) -> int | None:
    text, parameters = forward_select(source, with_source_keys(table)).between(source)
    column, most = source.quoted(risk.column), most_characters(table.target.columns[risk.column].type)
    match risk.kind:
        case RiskKind.NULL:
            query = f"SELECT count(*) FROM ({text}) AS looked_at WHERE {column} IS NULL"
        case RiskKind.DUPLICATE:
            query = (
                f"SELECT coalesce(sum(times - 1), 0) FROM (SELECT count(*) AS times FROM ({text}) AS looked_at"
                f" WHERE {column} IS NOT NULL GROUP BY {column} HAVING count(*) > 1) AS repeated"
            )
        case RiskKind.CONVERSION if most is not None:
            query = f"SELECT count(*) FROM ({text}) AS looked_at WHERE {source.characters(column)} > {most}"
        case RiskKind.ZERO_DATE:
            # What is no moment has no distance from one; a text says whether any of it is zero.
            text_of = f"CAST({column} AS CHAR)"
            zero = f"{text_of} LIKE '0000-%' OR {text_of} LIKE '%-00-%' OR {text_of} LIKE '____-__-00%'"
            query = f"SELECT count(*) FROM ({text}) AS looked_at WHERE {source.escaped(zero)}"
        case RiskKind.TRUTH:
            query = f"SELECT count(*) FROM ({text}) AS looked_at WHERE {column} NOT IN (0, 1)"
        case _:
            return None
    return int(str(source.rows(query, parameters)[0][0]))
