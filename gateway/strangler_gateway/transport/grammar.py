"""The grammar of message heads (RFC 9112, sections 2 to 5), without what two servers might read differently.

A *block* is the field lines of a head as received, each with the line break before it. A block in which nothing has to
change is passed on as it is.
"""

from __future__ import annotations

import re
from typing import Final

Headers = list[tuple[bytes, bytes]]

TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
FIELDS: Final = rb"(?>(?:\r\n" + TOKEN + rb":[\t\x20-\x7e\x80-\xff]*+)*)"
"""No space before the colon, no folded lines, no control characters.

An atomic group instead of a possessive quantifier, which before CPython 3.11.5 also consumed a part of what follows.
"""
END: Final = b"\r\n\r\n"

TARGET: Final = rb"[\x21\x22\x24-\x7e\x80-\xff]++"
"""No space, no control character, no fragment."""
REQUEST_HEAD: Final = re.compile(rb"(" + TOKEN + rb") (" + TARGET + rb") HTTP/1\.([01])" + FIELDS + END)
RESPONSE_LINE: Final = re.compile(rb"HTTP/1\.[01] [1-9][0-9][0-9](?: [\t\x20-\x7e\x80-\xff]*+)?")
BLOCK: Final = re.compile(FIELDS)
_FIELD: Final = re.compile(rb"\r\n([^:\r]++):[ \t]*+([^\r]*+)")

_FRAGMENT: Final = ord("#")

HOP_BY_HOP: Final = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Fields meant for the next hop only: those of RFC 9110, section 7.6.1, and further ones of RFC 2616.

Transfer-Encoding, and Trailer with it, is kept when the next hop gets chunks too.
"""


def is_plain_target(text: bytes) -> bool:
    """Whether bytes without a space are ASCII and fit `TARGET`, as nearly all do; a match takes three times as long."""
    return len(text) > 0 and text.isascii() and _FRAGMENT not in text and text.decode().isprintable()


def fields_of(block: bytes) -> Headers:
    """Return the names and values in a block, in order."""
    return [(name, value.rstrip(b" \t")) for name, value in _FIELD.findall(block)]


def lines_of(lower: bytes, name: bytes) -> list[tuple[int, int]]:
    """Return the spans of a field's lines in a lower-case block, each from its line break to its end."""
    line = b"\r\n%b:" % name
    found: list[tuple[int, int]] = []
    start = lower.find(line)
    while start >= 0:
        end = lower.find(b"\r", start + 2)
        if end < 0:
            end = len(lower)
        found.append((start, end))
        start = lower.find(line, end)
    return found


def without(block: bytes, spans: list[tuple[int, int]]) -> bytes:
    """Return a block without the lines at `spans`, which are in order."""
    parts: list[bytes] = []
    kept = 0
    for start, end in spans:
        parts.append(block[kept:start])
        kept = end
    parts.append(block[kept:])
    return b"".join(parts)


def replaced(block: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Return a block with some lines replaced; `edits` are in order, each the span of the old line and the new line."""
    parts: list[bytes] = []
    kept = 0
    for start, end, line in edits:
        parts += (block[kept:start], line)
        kept = end
    parts.append(block[kept:])
    return b"".join(parts)


def tokens(value: bytes) -> list[bytes]:
    """Return the members of a list such as the value of Connection, in lower case."""
    return [token.strip(b" \t").lower() for token in value.split(b",")]
