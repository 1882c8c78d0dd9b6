r"""Keys of bytes in SQLite: the text by which such a row is found again.

It is PostgreSQL's text, ``\xff00``. Casting a BLOB to text would read its bytes as UTF-8, which they need not be.
"""

from __future__ import annotations

import re

from strangler_etl.engine.session import Value
from strangler_etl.values.conversions import Family, family_of

Kept = str | bytes | float | None
"""A value that SQLite stores; to the type checker, a whole number is a float."""
KEY_FUNCTION = "strangler_key"
"""Turns the text back into the key: SQLite's own ``unhex`` is newer than the SQLite of many systems."""
_TEXT = re.compile(r"\\x((?:[0-9a-f]{2})*)")


def holds_bytes(type_: str) -> bool:
    """Whether a column of this type, or of its name in PostgreSQL, is one for bytes.

    https://www.sqlite.org/datatype3.html, section 3.1
    """
    return "blob" in type_.lower() or family_of(type_) is Family.BYTES


def text_sql(expression: str) -> str:
    """The SQL of the text of a key in such a column, which may also contain texts."""
    return (
        f"CASE typeof({expression}) WHEN 'blob' THEN '\\x' || lower(hex({expression}))"
        f" ELSE CAST({expression} AS text) END"
    )


def text_of(key: Value) -> str:
    """The text of a key as SQLite, or another database, gives it."""
    return f"\\x{key.hex()}" if isinstance(key, bytes) else str(key)


def key_of(text: Kept) -> Kept:
    """The key with this text."""
    written = _TEXT.fullmatch(text) if isinstance(text, str) else None
    return text if written is None else bytes.fromhex(written[1])
