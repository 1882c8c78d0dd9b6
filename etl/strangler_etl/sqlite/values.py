"""Converts a value of SQLite for a column of PostgreSQL, and the other way round.

A column of SQLite may hold a value of any kind. A value that PostgreSQL would misread is refused here; one that it
would refuse itself is left to it.
"""

from __future__ import annotations

import re
from uuid import UUID

from strangler_etl.engine.session import Value
from strangler_etl.values.conversions import Family, UnfitValueError, family_of

_CALENDAR = frozenset({Family.DAY, Family.MOMENT, Family.TIME, Family.SPAN})
_DAY = r"[+-]?infinity|\d{4,}-\d\d?-\d\d?"
_LEGIBLE = {
    Family.DAY: re.compile(rf"({_DAY})( BC)?"),
    Family.MOMENT: re.compile(rf"({_DAY})([ T].*)?"),
    Family.TIME: re.compile(r"\d\d?:\d\d.*"),
}
"""PostgreSQL accepts words such as ``now`` and days in any order, and drops the time of day for a date."""
_TRUTHS = {"t": 1, "true": 1, "f": 0, "false": 0}
_ZONE = re.compile(r"\+00(:00)?$")
_COMPACT_UUID = "character varying(32)"


def postgres_text(value: Value, type_: str) -> str | None:
    """The text that PostgreSQL reads as the value, for a column of the type; UnfitValueError when there is none.

    Texts come as strings in which bytes that are not UTF-8 are lone surrogates.
    """
    family = family_of(type_)
    match value:
        case None:
            return None
        case str():
            _require_legible(value, type_)
            return _text(value, family)
        case bytes():
            return _blob(value, family)
        case int() | float() if family in _CALENDAR:
            raise UnfitValueError(f"a number, for {type_}")
        case float() if family is Family.WHOLE and value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case _:
            return str(value)


def _require_legible(value: str, type_: str) -> None:
    form = _LEGIBLE.get(family_of(type_))
    if form is not None and not form.fullmatch(value):
        raise UnfitValueError(f"a text that is no plain {type_}")


def _text(value: str, family: Family) -> str:
    if "\0" in value:
        raise UnfitValueError("a text with a NUL character")
    try:
        encoded = value.encode()
    except UnicodeEncodeError:
        raise UnfitValueError("a text that is not valid UTF-8") from None
    return f"\\x{encoded.hex()}" if family is Family.BYTES else value


def _blob(value: bytes, family: Family) -> str:
    if family is Family.BYTES:
        return f"\\x{value.hex()}"
    if family is Family.IDENTIFIER and len(value) == 16:
        return str(UUID(bytes=value))
    raise UnfitValueError("a BLOB")


def sqlite_value(text: Value, type_: str) -> Value:
    """The value that SQLite stores for a text from PostgreSQL; `type_` is the column's, in PostgreSQL's spelling.

    Timestamps are in UTC, without a zone, as frameworks write them.
    """
    if not isinstance(text, str):
        return text
    match family_of(type_):
        case Family.TRUTH:
            return _TRUTHS.get(text, text)
        case Family.MOMENT:
            return _ZONE.sub("", text)
        case Family.BYTES if text.startswith("\\x"):
            return bytes.fromhex(text[2:])
        case _:
            return text.replace("-", "") if type_ == _COMPACT_UUID and _is_uuid(text) else text


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
