"""Converts a value of MariaDB for a column of PostgreSQL."""

from __future__ import annotations

from uuid import UUID

from strangler_etl.engine.session import Value
from strangler_etl.mariadb.forms import bits_of
from strangler_etl.values.conversions import Family, UnfitValueError, family_of


def postgres_text(value: Value, type_: str) -> str | None:
    """The text that PostgreSQL reads as the value, for a column of the type; UnfitValueError when there is none."""
    bits = bits_of(type_)
    match value:
        case None:
            return None
        case bool():
            return str(int(value))
        case int() if bits is not None:
            return f"{value:0{bits}b}"
        case bytes():
            return _bytes(value, family_of(type_))
        case float():
            return repr(value)
        case str():
            return _text(value, family_of(type_))
        case _:
            return str(value)


def _text(value: str, family: Family) -> str:
    if "\0" in value:
        raise UnfitValueError("a text with a NUL character")
    return f"\\x{value.encode().hex()}" if family is Family.BYTES else value


def _bytes(value: bytes, family: Family) -> str:
    if family is Family.BYTES:
        return f"\\x{value.hex()}"
    if family is Family.IDENTIFIER and len(value) == 16:
        return str(UUID(bytes=value))
    try:
        return _text(value.decode(), family)
    except UnicodeDecodeError:
        raise UnfitValueError("bytes that are no text") from None
