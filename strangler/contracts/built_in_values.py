"""Checks JSON values against the built-in types."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from strangler.contracts.type_reference import BuiltIn
from strangler.model.json_value import Json


def is_built_in(value: Json, type_: BuiltIn) -> bool:
    """Whether a JSON value belongs to a built-in type."""
    match type_:
        case BuiltIn.BOOLEAN:
            return isinstance(value, bool)
        case BuiltIn.INTEGER | BuiltIn.LONG:
            bits = 31 if type_ is BuiltIn.INTEGER else 63
            return isinstance(value, int) and not isinstance(value, bool) and -(1 << bits) <= value < 1 << bits
        case BuiltIn.DECIMAL | BuiltIn.DOUBLE:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case BuiltIn.STRING:
            return isinstance(value, str)
        case BuiltIn.UUID | BuiltIn.DATE | BuiltIn.DATE_TIME | BuiltIn.DATE_TIME_LOCAL:
            return isinstance(value, str) and _is_text(value, _TEXTS[type_])
        case BuiltIn.OBJECT:
            return isinstance(value, Mapping)
        case BuiltIn.JSON:
            return True
        case BuiltIn.UNIT:
            return False


_DATE = r"\d{4}-\d{2}-\d{2}"
_LOCAL = _DATE + r"T\d{2}:\d{2}:\d{2}(?:\.\d+)?"
_TEXTS: Mapping[BuiltIn, tuple[re.Pattern[str], Callable[[str], object]]] = {
    BuiltIn.UUID: (re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), UUID),
    BuiltIn.DATE: (re.compile(_DATE, re.ASCII), date.fromisoformat),
    BuiltIn.DATE_TIME: (re.compile(_LOCAL + r"(?:Z|[+-]\d{2}:\d{2})", re.ASCII), datetime.fromisoformat),
    BuiltIn.DATE_TIME_LOCAL: (re.compile(_LOCAL, re.ASCII), datetime.fromisoformat),
}
"""The pattern of each kind of text, and a parser that refuses dates which do not exist.

UUIDs follow RFC 9562, section 4; dates and times RFC 3339, section 5.6.
"""


def _is_text(value: str, form: tuple[re.Pattern[str], Callable[[str], object]]) -> bool:
    pattern, read = form
    try:
        return pattern.fullmatch(value) is not None and read(value) is not None
    except ValueError:
        return False
