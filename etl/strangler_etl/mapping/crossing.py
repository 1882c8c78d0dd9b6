"""Converts the values of a row that moves from one engine to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from strangler_etl.engine.database import Database
from strangler_etl.engine.session import Row, Value
from strangler_etl.errors import UnfitRowError
from strangler_etl.mariadb import values as mariadb
from strangler_etl.sqlite.values import postgres_text, sqlite_value
from strangler_etl.values.conversions import UnfitValueError

_FORMS: dict[tuple[str, str], Callable[[Value, str], Value]] = {
    ("sqlite", "postgres"): postgres_text,
    ("mariadb", "postgres"): mariadb.postgres_text,
    ("postgres", "sqlite"): sqlite_value,
}


def crossed(
    origin: Database, destination: Database, rows: Sequence[Row], table: str, columns: Sequence[tuple[str, str]]
) -> Sequence[Row]:
    """The rows that `origin` carries, as `destination` accepts them for these columns (name and type).

    UnfitRowError for a row of the origin's `table` that a column cannot hold; its first value names it.
    """
    form = _FORMS.get((origin.dialect, destination.dialect))
    if form is None:
        return rows

    def crossed_row(row: Row) -> Row:
        values: list[Value] = []
        for value, (name, type_) in zip(row, columns, strict=True):
            try:
                values.append(form(value, type_))
            except UnfitValueError as error:
                what = f"the column {name} has {error}"
                raise UnfitRowError(origin.address, table, f"{columns[0][0]} {row[0]!s}", what) from error
        return tuple(values)

    return [crossed_row(row) for row in rows]
