"""Rows of SQLite in the quoted form of COPY, written by SQLite itself: a JSON array is nearly such a row.

Between its brackets, texts are in quotes, NULL is an unquoted ``null``, and a backslash escapes a quote; only control
characters are written in a way COPY does not know, and are restored here. A value that PostgreSQL might take for
something else makes the query fail (JSON has no BLOB): the caller then has to read each value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.engine.session import Value
from strangler_etl.values.conversions import Family, family_of

_REFUSED = "X'FF'"
"""What no version of SQLite accepts as JSON: from 3.45 on it accepts many BLOBs (https://sqlite.org/json1.html#jsonb)."""
_BLOBS = "X''"
"""The least BLOB: numbers sort before texts, and texts before BLOBs (https://sqlite.org/datatype3.html#sort_order)."""
_ESCAPED = ((b"\\n", b"\n"), (b"\\r", b"\r"), (b"\\t", b"\t"), (b"\\b", b"\b"), (b"\\f", b"\f"))
_CONTROL = re.compile(rb"\\u00([01][0-9a-f])")
_NO_UTF_8 = b"\xff"
_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_USUAL = {Family.DAY: _DAY, Family.MOMENT: f"{_DAY}*", Family.TIME: "[0-9][0-9]:[0-9][0-9]*"}
"""Patterns of values that are certain to be what they look like; others are checked one by one."""
DIGITS_FUNCTION = "strangler_digits"


@dataclass(frozen=True, slots=True)
class QuotedColumn:
    """A column of a query by its quoted name, the type it is for, and whether it is computed."""

    name: str
    type: str
    computed: bool

    @property
    def form(self) -> str:
        """The value, in SQL, for a JSON array; the certain cases are tested first, and without a function."""
        name, kind = self.name, f"typeof({self.name})"
        match family_of(self.type):
            case Family.BYTES:
                hexadecimal = f"CASE WHEN {kind} IN ('blob', 'text') THEN '\\x' || hex({name}) ELSE {_REFUSED} END"
                return f"CASE WHEN {kind} = 'null' THEN NULL ELSE {hexadecimal} END"
            case Family.DAY | Family.MOMENT | Family.TIME as family:
                # No number matches the pattern.
                usual = f"{name} < {_BLOBS} AND {name} GLOB '{_USUAL[family]}'"
                return f"CASE WHEN {usual} THEN {name} WHEN {name} IS NULL THEN NULL ELSE {_REFUSED} END"
            case Family.SPAN:
                return f"CASE WHEN {self._is_text} THEN {name} WHEN {name} IS NULL THEN NULL ELSE {_REFUSED} END"
            case Family.WHOLE | Family.TRUTH:
                # The target refuses a real number.
                return f"CASE WHEN {name} >= {_BLOBS} THEN {_REFUSED} ELSE {name} END"
            case Family.NUMBER:
                real = f"WHEN {kind} = 'real' THEN {DIGITS_FUNCTION}({name})"
                return f"CASE WHEN {name} >= {_BLOBS} THEN {_REFUSED} {real} ELSE {name} END"
            case _:
                # The result of a JSON function would be inserted as JSON.
                text = f"'' || {name}" if self.computed else name
                others = f"WHEN {kind} IN ('real', 'blob') THEN {_REFUSED}"
                return f"CASE WHEN {self._is_text} THEN {text} {others} ELSE {name} END"

    @property
    def _is_text(self) -> str:
        return f"{self.name} COLLATE BINARY >= '' AND {self.name} < {_BLOBS}"


digits = float.__repr__
"""The fewest digits that identify a real number: what `DIGITS_FUNCTION` does.

SQLite reads and writes some numbers with an error in the last digit, such as 0.394316203354.
"""


def quoted_rows(sql: str, columns: Sequence[QuotedColumn]) -> str:
    """The query whose one column are the rows of a query as arrays of JSON."""
    return f"SELECT json_array({', '.join(column.form for column in columns)}) FROM ({sql}) AS copied"


def quoted_block(rows: Sequence[Value]) -> bytes:
    """The rows of `quoted_rows`, as bytes, in the form that COPY reads."""
    block = b"\n".join([row[1:-1] for row in rows if isinstance(row, bytes)]) + b"\n"
    # Counting is many times faster than replacing, and most blocks have no escapes, or escaped quotes only.
    escapes = block.count(b"\\")
    if not escapes or escapes == block.count(b'\\"'):
        return block
    # The placeholder for an escaped backslash is unique: JSON escapes all control characters.
    block = block.replace(b"\\\\", b"\0")
    for escaped, character in _ESCAPED:
        block = block.replace(escaped, character)
    if b"\\u00" in block:
        block = _CONTROL.sub(_character, block)
    return block.replace(b"\0", b"\\\\")


def _character(found: re.Match[bytes]) -> bytes:
    # The target refuses either, but this one is not taken for the placeholder of a backslash.
    return bytes.fromhex(found[1].decode()).replace(b"\0", _NO_UTF_8)
