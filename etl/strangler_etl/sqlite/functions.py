"""The functions that statements of a SQLite connection call: SQLite has none of these itself."""

from __future__ import annotations

import hashlib
import sqlite3

from strangler_etl.engine.session import Value
from strangler_etl.sqlite.bytes_keys import KEY_FUNCTION, key_of, text_of
from strangler_etl.sqlite.quoted_rows import DIGITS_FUNCTION, digits
from strangler_etl.values.derived_key import derived_key
from strangler_etl.values.masking import SQLITE_FUNCTION

DERIVED_KEY_FUNCTION = "strangler_derived_key"
"""Takes the name of a table and a key."""


def add_functions(connection: sqlite3.Connection) -> None:
    """Make the functions known to a connection."""
    connection.create_function(DERIVED_KEY_FUNCTION, 2, _derived_key, deterministic=True)
    connection.create_function(SQLITE_FUNCTION, 1, _sha256, deterministic=True)
    connection.create_function(KEY_FUNCTION, 1, key_of, deterministic=True)
    connection.create_function(DIGITS_FUNCTION, 1, digits, deterministic=True)


def _derived_key(table: str, key: Value) -> str | None:
    return None if key is None else str(derived_key(table, text_of(key)))


def _sha256(value: Value) -> str | None:
    return None if value is None else hashlib.sha256(str(value).encode()).hexdigest()
