"""Which rows may pass from one PostgreSQL database into another in COPY's binary format.

That format does not name types: it silently takes four bytes of an integer for a real number. So it is used where both
sides have the same type, or where the source can convert to the target's type without loss, and only for types whose
binary form means the same on every server. Everything else passes as text, which the target parses like user input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.engine.session import Value
from strangler_etl.postgres.database import PostgresDatabase

_PORTABLE = frozenset({
    "bool", "bytea", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "uuid",
    "date", "time", "timetz", "timestamp", "timestamptz", "interval", "json", "jsonb", "inet", "cidr", "macaddr",
    "macaddr8", "bit", "varbit", "point", "lseg", "path", "box", "polygon", "line", "circle", "tsvector",
    "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange",
})  # fmt: skip
_LOSSLESS = frozenset(
    {
        ("int2", "int4"), ("int2", "int8"), ("int2", "numeric"), ("int4", "int8"), ("int4", "numeric"),
        ("int8", "numeric"), ("float4", "float8"), ("varchar", "text"), ("text", "varchar"),
    }
)  # fmt: skip
"""A cast to ``varchar`` without a length cuts nothing: the column's own length is checked when the row comes in."""


@dataclass(frozen=True, slots=True)
class CopyFormat:
    """How the rows of one query are copied: `casts` are the types to cast its columns to, None where they have them."""

    casts: tuple[str | None, ...]
    binary: bool

    def query(self, target: PostgresDatabase, sql: str, columns: Sequence[str]) -> str:
        """The query with the casts."""
        if not any(self.casts):
            return sql
        named = [(target.quoted(name), cast) for name, cast in zip(columns, self.casts, strict=True)]
        selected = ", ".join(f"CAST({name} AS {cast}) AS {name}" if cast else name for name, cast in named)
        return f"SELECT {selected} FROM ({sql}) AS passing"


def copy_format(
    source: PostgresDatabase,
    target: PostgresDatabase,
    query: tuple[str, Sequence[Value]],
    table: str,
    columns: Sequence[str],
) -> CopyFormat:
    """How the rows of a query over the source may be copied into columns of a table of the target."""
    given = _named(source, source.result_types(*query))
    wanted = _named(target, target.result_types(f"SELECT {_list(target, columns)} FROM {target.quoted(table)}", ()))
    casts: list[str | None] = []
    for have, want in zip(given, wanted, strict=True):
        if (have != want and (have, want) not in _LOSSLESS) or not _portable(want):
            return CopyFormat((None,) * len(columns), binary=False)
        casts.append(want if have != want else None)
    return CopyFormat(tuple(casts), binary=True)


def _portable(name: str | None) -> bool:
    return name is not None and name.removeprefix("_") in _PORTABLE


def _named(database: PostgresDatabase, types: Sequence[int]) -> list[str | None]:
    """The names of types that have the same number on every server; None for all others."""
    found = database.rows(
        "SELECT oid::bigint, typname::text FROM pg_type"
        " WHERE oid = ANY(%s::oid[]) AND typnamespace = 'pg_catalog'::regnamespace",
        [list(types)],
    )
    names = {int(str(number)): str(name) for number, name in found if int(str(number)) < _FIRST_OF_USERS}
    return [names.get(number) for number in types]


def _list(database: PostgresDatabase, columns: Sequence[str]) -> str:
    return ", ".join(map(database.quoted, columns))


_FIRST_OF_USERS = 16_384
"""The first of the numbers for types that differ from database to database."""
