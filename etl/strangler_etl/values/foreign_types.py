"""Types of other engines in PostgreSQL's spelling, for a migration from one of them into PostgreSQL.

SQLite treats declared types as preferences (https://sqlite.org/datatype3.html): its integers may have 64 bits whatever
they are called, and its texts any length. Values are checked when they are copied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from strangler_etl.engine.schema import Table

_WIDTH = r"(?:\(\d+\))?"
_TYPES = tuple(
    (re.compile(pattern), type_)
    for pattern, type_ in (
        (r"bool(ean)?|tinyint\(1\)", "boolean"),
        (rf"bigint{_WIDTH} unsigned", "numeric(20,0)"),
        (rf"(tiny|small)int{_WIDTH}|int2", "smallint"),
        (rf"(tiny|small)int{_WIDTH} unsigned", "integer"),
        (rf"(medium|big)?int(eger)?{_WIDTH}( unsigned)?|int[48]", "bigint"),
        (r"(numeric|decimal)( ?\(\d+(, ?\d+)?\))?", ""),
        (r"real|float|double( precision)?", "double precision"),
        (r"(n?varchar|n?char|character varying|character|varying character) ?\((\d+)\)", ""),
        (r"jsonb?", "jsonb"),
        (r"date", "date"),
        (rf"datetime{_WIDTH}|timestamp{_WIDTH}( with(out)? time zone)?|timestamptz", "timestamp with time zone"),
        (rf"time{_WIDTH}", "time without time zone"),
        (r"(tiny|medium|long)?blob|(var)?binary(\(\d+\))?|bytea", "bytea"),
        (r"uuid", "uuid"),
    )
)
_LENGTH = re.compile(r".*\((\d+)\)")


def postgres_type(declared: str) -> str:
    """The PostgreSQL type for a column of another engine that is declared like this."""
    name = " ".join(declared.lower().split())
    for pattern, type_ in _TYPES:
        if pattern.fullmatch(name):
            return type_ or _with_size(name)
    return "text"


def _with_size(name: str) -> str:
    if name.startswith(("numeric", "decimal")):
        return re.sub(r" |decimal", lambda found: "numeric" if found[0] != " " else "", name)
    found = _LENGTH.match(name)
    return f"character varying({found[1]})" if found else "text"


def in_postgres_spelling(tables: Mapping[str, Table]) -> Mapping[str, Table]:
    """The tables, with their columns' types in PostgreSQL's spelling."""
    return {
        name: replace(
            table,
            columns={column: replace(known, type=postgres_type(known.type)) for column, known in table.columns.items()},
        )
        for name, table in tables.items()
    }
