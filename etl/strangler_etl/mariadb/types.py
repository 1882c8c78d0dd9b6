"""MariaDB's types in PostgreSQL's spelling, by what a column holds, not by what the target makes of it.

Widths are those of https://mariadb.com/kb/en/data-types/. An unsigned number needs the next wider type; a type without
a counterpart becomes a text, as MariaDB itself writes the value.
"""

from __future__ import annotations

import re

_WIDTH = r"(?:\(\d+\))?"
_TYPES = tuple(
    (re.compile(pattern), type_)
    for pattern, type_ in (
        (r"tinyint\(1\)( unsigned)?", "boolean"),
        (rf"tinyint{_WIDTH}( unsigned)?", "smallint"),
        (rf"smallint{_WIDTH}", "smallint"),
        (rf"smallint{_WIDTH} unsigned", "integer"),
        (rf"mediumint{_WIDTH}( unsigned)?", "integer"),
        (rf"int{_WIDTH}", "integer"),
        (rf"int{_WIDTH} unsigned", "bigint"),
        (rf"bigint{_WIDTH}", "bigint"),
        (rf"bigint{_WIDTH} unsigned", "numeric(20,0)"),
        (rf"year{_WIDTH}", "smallint"),
        (r"decimal\((\d+,\d+)\)( unsigned)?", r"numeric(\1)"),
        (r"float(\(\d+,\d+\))?( unsigned)?", "real"),
        (r"double(\(\d+,\d+\))?( unsigned)?", "double precision"),
        (r"bit\(1\)", "boolean"),
        (r"bit\((\d+)\)", r"bit(\1)"),
        (r"char\((\d+)\)", r"character(\1)"),
        (r"varchar\((\d+)\)", r"character varying(\1)"),
        (r"json", "jsonb"),
        (r"date", "date"),
        (r"datetime", "timestamp(0) without time zone"),
        (r"datetime\(6\)", "timestamp without time zone"),
        (r"datetime\((\d)\)", r"timestamp(\1) without time zone"),
        (r"timestamp", "timestamp(0) with time zone"),
        (r"timestamp\(6\)", "timestamp with time zone"),
        (r"timestamp\((\d)\)", r"timestamp(\1) with time zone"),
        (r"time", "time(0) without time zone"),
        (r"time\(6\)", "time without time zone"),
        (r"time\((\d)\)", r"time(\1) without time zone"),
        (r"(?:tiny|medium|long)?blob|(?:var)?binary\(\d+\)", "bytea"),
        (r"uuid", "uuid"),
        (r"inet[46]", "inet"),
    )
)
GEOMETRY = "geometry"
_SHAPES = re.compile(r"geometry|point|linestring|polygon|multi(point|linestring|polygon)|geometrycollection")


def postgres_type(declared: str) -> str:
    """The type for a ``COLUMN_TYPE`` of information_schema, ``json`` where a check says that a text is a document."""
    name = declared.lower().removesuffix(" zerofill")
    if _SHAPES.fullmatch(name):
        return GEOMETRY
    for pattern, type_ in _TYPES:
        if found := pattern.fullmatch(name):
            return found.expand(type_)
    return "text"
