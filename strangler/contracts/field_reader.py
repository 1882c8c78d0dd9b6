"""Reads fields: of models, parameters and headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeGuard
from uuid import UUID

from strangler.contracts.bounds import is_in_bounds, report_bounds
from strangler.contracts.document import Field, Kind
from strangler.contracts.type_names import TypeNames
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, NamedType, Type
from strangler.model.json_value import Json
from strangler.model.location import Location
from strangler.toml_section import Section

_LARGEST = 1e300
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def read_field(section: Section, types: TypeNames) -> Field:
    """Read the keys that every field has; the caller closes the section."""
    type_ = types.take(section, "type")
    minimum = section.number("minimum", -_LARGEST, _LARGEST)
    maximum = section.number("maximum", -_LARGEST, _LARGEST)
    report_bounds(section, type_, minimum, maximum)
    default, example = _value(section, "default", type_), _value(section, "example", type_)
    for key, value in (("default", default), ("example", example)):
        if not is_in_bounds(value, minimum, maximum):
            section.report(key, f"{key} is out of the bounds that minimum and maximum set")
    return Field(
        name=_name(section),
        type=type_,
        place=place_of(section),
        required=section.flag("required", default=True),
        default=default,
        description=section.text("description") or "",
        example=example,
        annotations=section.texts("annotations"),
        deprecation=section.text("deprecation"),
        minimum=minimum,
        maximum=maximum,
    )


def _name(section: Section) -> str:
    """A name of letters, digits, ``_`` and ``-``."""
    name = section.required_text("name")
    if name and not _IDENTIFIER.fullmatch(name):
        section.report("name", f"the name {name} must be letters, digits, _ and -, a letter first")
    return name


def place_of(section: Section) -> Location:
    """Where the section begins."""
    return Location(section.document.file, section.document.position(section.path).line)


def _value(section: Section, key: str, type_: Type) -> Json:
    value = section.take(key)
    if value is None:
        return None
    if not _is_json(value) or not _fits(value, type_):
        section.report(key, f"{key} is no {type_}")
        return None
    return value


def _is_json(value: object) -> TypeGuard[Json]:
    """Whether it is made of what JSON has; all that a document holds is."""
    return value is None or isinstance(value, str | int | float | bool | list | dict)


def _fits(value: Json, type_: Type) -> bool:
    """Whether a value may stand for a type; of declared types only that it is a text or an object is looked at."""
    match type_:
        case ArrayType(item):
            return isinstance(value, list) and all(_fits(one, item) for one in value)
        case MapType(inner):
            return isinstance(value, Mapping) and all(_fits(one, inner) for one in value.values())
        case _:
            return _fits_declared(value, type_) if type_.built_in is None else _fits_built_in(value, type_.built_in)


def _fits_declared(value: Json, type_: NamedType) -> bool:
    """An enum is a text, whose values the linter knows; models and unions are objects."""
    is_enum = f".{Kind.ENUMS}." in type_.name
    return isinstance(value, str) if is_enum else isinstance(value, Mapping) or "." not in type_.name


def _fits_built_in(value: Json, type_: BuiltIn) -> bool:
    """Whether a JSON value is one of a built-in type."""
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
        case BuiltIn.UUID | BuiltIn.DATE | BuiltIn.DATE_TIME:
            return isinstance(value, str) and _is_text(value, _TEXTS[type_])
        case BuiltIn.OBJECT:
            return isinstance(value, Mapping)
        case BuiltIn.JSON:
            return True
        case BuiltIn.UNIT:
            return False


_DATE = r"\d{4}-\d{2}-\d{2}"
_TEXTS: Mapping[BuiltIn, tuple[re.Pattern[str], Callable[[str], object]]] = {
    BuiltIn.UUID: (re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), UUID),
    BuiltIn.DATE: (re.compile(_DATE, re.ASCII), date.fromisoformat),
    BuiltIn.DATE_TIME: (
        re.compile(_DATE + r"T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})", re.ASCII),
        datetime.fromisoformat,
    ),
}
"""The form of a text (RFC 9562, section 4; RFC 3339, section 5.6), and what knows whether there is such a day."""


def _is_text(value: str, form: tuple[re.Pattern[str], Callable[[str], object]]) -> bool:
    pattern, read = form
    try:
        return pattern.fullmatch(value) is not None and read(value) is not None
    except ValueError:
        return False
