"""Values that a unique column may hold for a moment, so that its own value is free for another row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from ipaddress import IPv6Address
from uuid import UUID

from strangler_etl.engine.schema import Column
from strangler_etl.engine.session import Session, Value
from strangler_etl.values.conversions import Family, family_of

Interim = tuple[str, tuple[Value, ...]]
"""An expression (SQL) and its parameters."""

_LENGTH = re.compile(r"\((\d+)\)")


def interim_values(session: Session, table: str, column: Column, row: str) -> Iterator[Interim]:
    """Expressions to try in turn; `row` is the row's key, and the same row always gets the same values.

    First NULL where allowed, then values that hardly any other row has. The database may refuse each of them because an
    index, a type or a CHECK does not allow it.
    """
    if column.nullable:
        yield "NULL", ()
    name, of = session.quoted(column.name), session.quoted(table)
    family, in_sqlite = family_of(column.type), session.dialect == "sqlite"
    digest = sha256(f"{table} {column.name} {row}".encode())
    if family in {Family.WHOLE, Family.NUMBER}:
        yield f"(SELECT min({name}) - 1 FROM {of})", ()
        yield f"(SELECT max({name}) + 1 FROM {of})", ()
        yield "0", ()
        # Where rows occupy both ends of the type's range, values in between, as far as the type goes.
        yield from ((str(-(int.from_bytes(digest.digest()[:size]) >> 1)), ()) for size in (8, 4, 2, 1))
    elif family in {Family.DAY, Family.MOMENT, Family.SPAN} and not in_sqlite:
        yield f"(SELECT min({name}) - interval '1 day' FROM {of})", ()
        yield f"(SELECT max({name}) + interval '1 day' FROM {of})", ()
    else:
        length = _LENGTH.search(column.type)
        for text in _texts(digest.digest(), family, int(length[1]) if length else None):
            yield session.placeholder, (text,)


def _texts(digest: bytes, family: Family, length: int | None) -> Iterator[str]:
    """Texts that may be values of types of a family."""
    match family:
        case Family.IDENTIFIER:
            yield str(UUID(bytes=digest[:16]))
        case Family.TIME:
            yield f"0:0:{int.from_bytes(digest[:4]) % 60_000_000 / 1_000_000:f}"
        case Family.DOCUMENT:
            yield f'"{digest.hex()}"'
        case Family.OTHER:
            # Ranges, arrays, bits, addresses, types of extensions: the database refuses what does not fit the type.
            yield from ("empty", "{}", "0")
            yield str(IPv6Address(digest[:16]))
            yield digest[:6].hex(":")
            yield from _lengths(digest.hex(), length)
        case _:
            yield from _lengths(digest.hex(), length)


def _lengths(text: str, length: int | None) -> Iterator[str]:
    """A text of the greatest allowed length, and shorter ones that a CHECK may ask for."""
    yield from dict.fromkeys(text[: min(length or part, part)] for part in (len(text), 8, 3, 1))
