"""Reads the fields of models, parameters and headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeGuard

from strangler.contracts.bounds import is_in_bounds, report_bounds
from strangler.contracts.built_in_values import is_built_in
from strangler.contracts.document import Field, Kind
from strangler.contracts.type_names import TypeNames
from strangler.contracts.type_reference import ArrayType, MapType, NamedType, Type
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
    """Read a name made of letters, digits, ``_`` and ``-``."""
    name = section.required_text("name")
    if name and not _IDENTIFIER.fullmatch(name):
        section.report("name", f"the name {name} must be letters, digits, _ and -, a letter first")
    return name


def place_of(section: Section) -> Location:
    """The location where the section begins."""
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
    """Whether a value is JSON, as every value of a document is."""
    return value is None or isinstance(value, str | int | float | bool | list | dict)


def _fits(value: Json, type_: Type) -> bool:
    """Whether a value fits a type; for a declared type, only whether it is a text or an object is checked."""
    match type_:
        case ArrayType(item):
            return isinstance(value, list) and all(_fits(one, item) for one in value)
        case MapType(inner):
            return isinstance(value, Mapping) and all(_fits(one, inner) for one in value.values())
        case _:
            return _fits_declared(value, type_) if type_.built_in is None else is_built_in(value, type_.built_in)


def _fits_declared(value: Json, type_: NamedType) -> bool:
    """Whether an enum is given as a text (the linter checks which), and a model or union as an object."""
    is_enum = f".{Kind.ENUMS}." in type_.name
    return isinstance(value, str) if is_enum else isinstance(value, Mapping) or "." not in type_.name
