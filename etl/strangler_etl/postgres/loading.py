"""Rows on their way into a table of PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import psycopg


class CopyForm(StrEnum):
    """The forms of COPY's rows; the value is how the statement says so."""

    TEXT = ""
    BINARY = " (FORMAT binary)"
    QUOTED = " (FORMAT csv, NULL 'null', ESCAPE '\\')"
    """Texts stand in double quotes, in which a backslash escapes itself and quotes."""


class Loading:
    """Rows on their way into a table; `rows` is how many they were, when they are there."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy
        self.rows = 0

    def __call__(self, block: bytes) -> None:
        """Take a block, which may end within a row."""
        self._copy.write(block)


def insert_over(table: str, key: str, columns: Sequence[str], rows: str) -> str:
    """The statement that inserts rows (a query or VALUES), or changes those whose key is there; takes quoted names."""
    changed = [name for name in columns if name != key]
    update = "NOTHING"
    if changed:
        excluded = ", ".join(f"excluded.{name}" for name in changed)
        # The image of a row: some types, as json, have no equality, and equal numerics may look different.
        found = ", ".join(f"{table}.{name}" for name in changed)
        update = (
            f"UPDATE SET ({', '.join(changed)}) = ROW({excluded})"
            f" WHERE ROW({found})::record *<> ROW({excluded})::record"
        )
    return f"INSERT INTO {table} ({', '.join(columns)}) {rows} ON CONFLICT ({key}) DO {update}"
