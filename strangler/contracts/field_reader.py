"""Reads fields: of models, parameters and headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TypeGuard
from uuid import UUID

from strangler.contracts.document import Field
from strangler.contracts.type_names import TypeNames
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, Type
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
    if minimum is not None and maximum is not None and minimum > maximum:
        section.report("maximum", "maximum must not be less than minimum")
    return Field(
        name=read_name(section),
        type=type_,
        place=place_of(section),
        required=section.flag("required", default=True),
        default=_value(section, "default", type_),
        description=section.text("description") or "",
        example=_value(section, "example", type_),
        annotations=section.texts("annotations"),
        deprecation=section.text("deprecation"),
        minimum=minimum,
        maximum=maximum,
    )


def read_name(section: Section, key: str = "name") -> str:
    """A name of letters, digits, ``_`` and ``-``."""
    name = section.required_text(key)
    if name and not _IDENTIFIER.fullmatch(name):
        section.report(key, f"the {key} {name} must be letters, digits, _ and -, a letter first")
    return name


def report_twice(sections: tuple[Section, ...], names: tuple[str, ...], what: str) -> None:
    """Report names that stand twice in a list."""
    seen: set[str] = set()
    for section, name in zip(sections, names, strict=True):
        if name and name in seen:
            section.report("name", f"the {what} {name} stands twice")
        seen.add(name)


def place_of(section: Section) -> Location:
    """Where the section begins."""
    return Location(section.document.file, section.document.position(section.path).line)


def _value(section: Section, key: str, type_: Type) -> Json:
    value = section.take(key)
    if value is None:
        return None
    if not is_json(value) or not _fits(value, type_):
        section.report(key, f"{key} is no {type_}")
        return None
    return value


def is_json(value: object) -> TypeGuard[Json]:
    """Whether it is made of what JSON has; all that a document holds is."""
    return value is None or isinstance(value, str | int | float | bool | list | dict)


def _fits(value: Json, type_: Type) -> bool:
    """Whether a value may stand for a type; of declared types only the outermost shape is looked at."""
    match type_:
        case ArrayType(item):
            return isinstance(value, list) and all(_fits(one, item) for one in value)
        case MapType(inner):
            return isinstance(value, Mapping) and all(_fits(one, inner) for one in value.values())
        case _:
            return True if type_.built_in is None else fits_built_in(value, type_.built_in)


def fits_built_in(value: Json, type_: BuiltIn) -> bool:
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


_TEXTS: Mapping[BuiltIn, Callable[[str], object]] = {
    BuiltIn.UUID: UUID,
    BuiltIn.DATE: date.fromisoformat,
    BuiltIn.DATE_TIME: datetime.fromisoformat,
}


def _is_text(value: str, read: Callable[[str], object]) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True
