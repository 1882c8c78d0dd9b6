"""The content of a body: a JSON value where it is one, otherwise bytes."""

from __future__ import annotations

import json
import zlib
from decimal import Decimal
from typing import TypeAlias

Content: TypeAlias = "bool | int | Decimal | str | bytes | list[Content] | dict[str, Content] | None"
MAX_BODY = 1024 * 1024
"""The largest body, decompressed, that is compared as JSON instead of byte by byte."""


def json_value(body: bytes) -> Content:
    """Return the value of a JSON body with exact numbers; the bytes when it is not unambiguous JSON.

    Ambiguous are also objects with a duplicate key, and numbers JSON does not have (RFC 8259, sections 4 and 6).
    """
    try:
        value: Content = json.loads(body, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_object_of)
    except (ValueError, ArithmeticError, RecursionError):
        return body
    return value


def unpacked(body: bytes) -> bytes:
    """Decompress gzip up to `MAX_BODY` bytes, against decompression bombs; return other bodies unchanged."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(body, MAX_BODY + 1)
    except zlib.error:
        return body
    return content if unpacker.eof and not unpacker.unused_data else body


def _no_number(text: str) -> Content:
    raise ValueError(f"JSON has no {text}")


def _object_of(pairs: list[tuple[str, Content]]) -> dict[str, Content]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key stands twice in an object")
    return members
