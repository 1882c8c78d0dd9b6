"""The keys of the rows of a table: all that exist, and those that are to be deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from strangler_etl.engine.database import Database
from strangler_etl.engine.keys import in_parts, key_of_row, key_of_table
from strangler_etl.engine.schema import Table
from strangler_etl.engine.session import Value
from strangler_etl.following.steps import Deletion
from strangler_etl.values.key_value import key_value


def all_keys(database: Database, table: Table, columns: Sequence[str], where: str | None = None) -> list[str]:
    """The keys, in text form, of all rows that meet a condition (SQL)."""
    key = key_of_table(database, table, columns)
    query = f"SELECT {key.order} FROM {database.quoted(table.name)} WHERE {where or 'TRUE'}"
    return [str(key_of_row(row, range(len(columns)))) for row in database.rows(query, [])]


def keys_that(
    database: Database, table: Table, columns: Sequence[str], keys: Sequence[str], where: str
) -> Sequence[str]:
    """Those of the keys, in text form, whose rows exist and meet a condition (SQL)."""
    key, found = key_of_table(database, table, columns), list[str]()
    for part in in_parts(keys):
        condition, parameters = key.any_of(database, part)
        query = f"SELECT {key.as_text(database)} FROM {database.quoted(table.name)} WHERE ({where}) AND {condition}"
        found += [str(one) for (one,) in database.rows(query, parameters)]
    return found


def absent(
    database: Database, table: Table, columns: Sequence[str], keys: Iterable[str], present: Iterable[Value]
) -> Deletion:
    """The deletion of the rows that will not be written again.

    A row that is written again stays, even where the whole table was truncated: rows that refer to it would be deleted
    with it.
    """
    key = key_of_table(database, table, columns, qualified=False)
    alive = {key_value(key, text) for text in key.texts(database, present)}
    gone = [text for text in dict.fromkeys(key.texts(database, keys)) if key_value(key, text) not in alive]
    return Deletion(table.name, key, gone)
