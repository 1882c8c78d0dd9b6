"""How a document names types: ``string``, ``[review]``, ``map[integer]``, ``shop.common.v0.models.price``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*")


class BuiltIn(StrEnum):
    """The built-in types, named as in API Builder, or in OpenAPI's registry of formats where that has none."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    """A signed 32-bit integer."""
    LONG = "long"
    """A signed 64-bit integer."""
    DECIMAL = "decimal"
    """An exact decimal of any size."""
    DOUBLE = "double"
    STRING = "string"
    UUID = "uuid"
    DATE = "date-iso8601"
    DATE_TIME = "date-time-iso8601"
    """A point in time: an RFC 3339 ``date-time``, which has an offset from UTC."""
    DATE_TIME_LOCAL = "date-time-local"
    """An RFC 3339 ``date-time`` without its offset; whoever reads it must know the time zone."""
    OBJECT = "object"
    """Any JSON object."""
    JSON = "json"
    """Any JSON value."""
    UNIT = "unit"
    """No value: a response without a body."""


@dataclass(frozen=True, slots=True)
class NamedType:
    """A built-in type, or a declared one by its full name (``shop.reviews.v0.models.review``)."""

    name: str

    def __str__(self) -> str:
        return self.name

    @property
    def built_in(self) -> BuiltIn | None:
        """The built-in type it names; None for a declared one."""
        return BuiltIn(self.name) if self.name in BUILT_IN else None

    @property
    def short(self) -> str:
        """The name without namespace and kind: ``review``."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class ArrayType:
    """``[item]``."""

    item: Type

    def __str__(self) -> str:
        return f"[{self.item}]"


@dataclass(frozen=True, slots=True)
class MapType:
    """``map[value]``: an object with any keys, all values of one type."""

    value: Type

    def __str__(self) -> str:
        return f"map[{self.value}]"


Type: TypeAlias = NamedType | ArrayType | MapType
BUILT_IN = frozenset(map(str, BuiltIn))
STRING = NamedType(BuiltIn.STRING)
UNIT = NamedType(BuiltIn.UNIT)
ANY = NamedType(BuiltIn.JSON)
_DEEPEST = 20


def parse_type(text: str) -> Type:
    """Parse a type, leaving its name unresolved; ValueError says what it must look like."""
    if text.count("[") > _DEEPEST:
        raise ValueError(f"must not be of more than {_DEEPEST} arrays and maps in each other")
    if text.startswith("[") and text.endswith("]"):
        return ArrayType(parse_type(text[1:-1]))
    if text.startswith("map[") and text.endswith("]"):
        return MapType(parse_type(text[len("map[") : -1]))
    if _NAME.fullmatch(text):
        return NamedType(text)
    raise ValueError("must be the name of a type, [NAME] or map[NAME]")


def innermost(type_: Type) -> NamedType:
    """The type inside all arrays and maps."""
    while not isinstance(type_, NamedType):
        type_ = type_.item if isinstance(type_, ArrayType) else type_.value
    return type_


def renamed(type_: Type, name: str) -> Type:
    """The same arrays and maps around another innermost type."""
    match type_:
        case ArrayType(item):
            return ArrayType(renamed(item, name))
        case MapType(value):
            return MapType(renamed(value, name))
        case NamedType():
            return NamedType(name)


def short_text(type_: Type) -> str:
    """The type with short names, for messages."""
    return str(renamed(type_, innermost(type_).short))
