"""What a unique column may hold for a moment, so that its value is free for another row."""

from __future__ import annotations

import re
from hashlib import sha256
from uuid import UUID

from strangler_etl.engine.schema import Column
from strangler_etl.engine.session import Session, Value
from strangler_etl.values.conversions import Family, family_of

_LENGTH = re.compile(r"\((\d+)\)")
_NULL = ("NULL", ())


def interim_value(session: Session, table: str, column: Column, row: str) -> tuple[str, tuple[Value, ...]] | None:
    """An expression (SQL) and its parameters; `row` is the key of the row that gets it, the same for the same one.

    NULL where that may be, a value that no other row has where one can be told by the type, None otherwise.
    """
    if column.nullable:
        return _NULL
    name, family, mark = session.quoted(column.name), family_of(column.type), session.placeholder
    digest = sha256(f"{table} {column.name} {row}".encode())
    if family in {Family.WHOLE, Family.NUMBER}:
        return f"(SELECT min({name}) - 1 FROM {session.quoted(table)})", ()
    if family is Family.IDENTIFIER:
        return mark, (str(UUID(bytes=digest.digest()[:16])),)
    if family is Family.TEXT or session.dialect == "sqlite":
        length = _LENGTH.search(column.type)
        return mark, (digest.hexdigest()[: int(length[1]) if length else None],)
    if family in {Family.DAY, Family.MOMENT}:
        return f"(SELECT min({name}) - interval '1 day' FROM {session.quoted(table)})", ()
    return ("'empty'", ()) if column.type.endswith("range") else None
