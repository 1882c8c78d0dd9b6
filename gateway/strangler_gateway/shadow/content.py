"""What a body says."""

from __future__ import annotations

import json
import zlib
from decimal import Decimal
from typing import TypeAlias

Content: TypeAlias = "bool | int | Decimal | str | bytes | list[Content] | dict[str, Content] | None"
MAX_BODY = 1024 * 1024
"""Bytes of a body, unpacked, up to which it is compared as what it says, and not byte by byte."""


def json_value(body: bytes) -> Content:
    """Return the value of a body in JSON, numbers exact; the bytes where it has no certain meaning.

    That is also when an object has a key twice, or a number is none that JSON knows (RFC 8259, sections 4 and 6).
    """
    try:
        value: Content = json.loads(body, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_object_of)
    except (ValueError, ArithmeticError, RecursionError):
        return body
    return value


def unpacked(body: bytes) -> bytes:
    """Undo gzip, up to the bound, because a few bytes may unpack to any number; what can not be undone stays."""
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
