"""What SQLite writes as a row of COPY means what the value means, or the query fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_etl.sqlite.quoted_rows import DIGITS_FUNCTION, QuotedColumn, digits, quoted_block, quoted_rows

TYPES = ("text", "jsonb", "bigint", "boolean", "numeric", "double precision", "date", "timestamp with time zone")


@pytest.fixture(name="sqlite", scope="module")
def _sqlite() -> Generator[sqlite3.Connection]:
    """An engine that takes a BLOB for JSON where it can, as all do from 3.45 on."""

    def json_array(*values: object) -> str:
        if any(isinstance(value, bytes) and not _is_jsonb(value) for value in values):
            raise ValueError("JSON cannot hold BLOB values")
        return str(plain.execute(f"SELECT json_array({', '.join('?' * len(values))})", _readable(values)).fetchone()[0])

    plain, connection = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    connection.create_function("json_array", -1, json_array)
    connection.create_function(DIGITS_FUNCTION, 1, digits)
    yield connection
    connection.close()
    plain.close()


def _is_jsonb(blob: bytes) -> bool:
    """Whether it is a whole element of less than 12 bytes (https://sqlite.org/jsonb.html)."""
    return bool(blob) and blob[0] & 0x0F <= 12 and blob[0] >> 4 == len(blob) - 1 < 12


def _readable(values: tuple[object, ...]) -> list[object]:
    return [None if isinstance(value, bytes) else value for value in values]


def _line(sqlite: sqlite3.Connection, value: object, type_: str) -> bytes:
    query = quoted_rows("SELECT ? AS value", [QuotedColumn('"value"', type_, computed=False)])
    return quoted_block([str(sqlite.execute(query, [value]).fetchone()[0]).encode()])


def _read(line: bytes) -> str:
    """What PostgreSQL reads in the one field of a line, which is quoted."""
    assert line.startswith(b'"')
    assert line.endswith(b'"\n')
    return line[1:-2].replace(b'\\"', b'"').replace(b"\\\\", b"\\").decode()


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("blob", [b"\x00", b"\x01", b"\x17a", b"\xff", b""])
def test_a_blob_is_never_taken_for_something_else(sqlite: sqlite3.Connection, blob: bytes, type_: str) -> None:
    """Nor is what stands in its place where a value has to be looked at."""
    with pytest.raises(sqlite3.OperationalError):
        _line(sqlite, blob, type_)


@pytest.mark.parametrize(("type_", "value"), [("text", 0.5), ("date", 20240506), ("bytea", 7)])
def test_what_has_to_be_looked_at_does_not_become_null(sqlite: sqlite3.Connection, type_: str, value: object) -> None:
    """A value that PostgreSQL might read as another one."""
    with pytest.raises(sqlite3.OperationalError):
        _line(sqlite, value, type_)


@pytest.mark.parametrize(
    "text", ["\\u001f", '{"a": "\\u001b[0m"}', "\\\\u0001", "\x1f\\\x1e", "\\u0000", "\x01\\u0041"]
)
def test_a_text_that_spells_an_escape_stays_that_text(sqlite: sqlite3.Connection, text: str) -> None:
    """As the JSON that a framework has written into a column of text does."""
    assert _read(_line(sqlite, text, "text")) == text


def test_a_nul_is_left_to_the_target_to_refuse(sqlite: sqlite3.Connection) -> None:
    """And never becomes the backslash it once stood for."""
    assert _line(sqlite, "a\0b\\", "text") == b'"a\xffb\\\\"\n'


@given(
    value=st.floats(allow_nan=False)
    | st.sampled_from([0.394316203354, 5.7836203800754895e-19, -1.0561264597023259e303])
)
@pytest.mark.parametrize("type_", ["numeric", "double precision"])
def test_a_real_number_keeps_every_digit(sqlite: sqlite3.Connection, value: float, type_: str) -> None:
    """The fewest that mean it."""
    assert _read(_line(sqlite, value, type_)) == repr(value)
