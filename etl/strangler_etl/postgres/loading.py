"""Rows on their way into a table of PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import psycopg


class CopyForm(StrEnum):
    """The forms of COPY's rows; the value is the option of the statement."""

    TEXT = ""
    BINARY = " (FORMAT binary)"
    QUOTED = " (FORMAT csv, NULL 'null', ESCAPE '\\')"
    """Texts stand in double quotes, in which a backslash escapes itself and quotes."""


_WORTH_SENDING = 1 << 17
"""Bytes."""


class Loading:
    """Rows on their way into a table; `rows` is their number, once they are there."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._copy = copy
        self._kept: list[bytes] = []
        self._bytes = 0
        self.rows = 0

    def __call__(self, block: bytes) -> None:
        """Take a block, which may end within a row."""
        # A server that computes sends 8 KB at a time; passing each block on costs more than copying it.
        self._kept.append(block)
        self._bytes += len(block)
        if self._bytes >= _WORTH_SENDING:
            self.flush()

    def flush(self) -> None:
        """Send the blocks collected so far."""
        if self._kept:
            self._copy.write(b"".join(self._kept))
            self._kept.clear()
            self._bytes = 0


def insert_over(table: str, key: Sequence[str], columns: Sequence[str], rows: str, initial: Sequence[str] = ()) -> str:
    """The statement that inserts rows (a query or VALUES), or changes those whose key exists; takes quoted names.

    Existing rows keep their `initial` columns. Rows are only added to a table without a key.
    """
    insert = f"INSERT INTO {table} ({', '.join(columns)}) OVERRIDING SYSTEM VALUE {rows}"
    changed = [name for name in columns if name not in {*key, *initial}]
    if not key:
        return insert
    update = "NOTHING"
    if changed:
        excluded = ", ".join(f"excluded.{name}" for name in changed)
        # Compare images of the row: some types, such as json, have no equality, and equal numerics may look different.
        found = ", ".join(f"{table}.{name}" for name in changed)
        update = (
            f"UPDATE SET ({', '.join(changed)}) = ROW({excluded})"
            f" WHERE ROW({found})::record *<> ROW({excluded})::record"
        )
    return f"{insert} ON CONFLICT ({', '.join(key)}) DO {update}"
