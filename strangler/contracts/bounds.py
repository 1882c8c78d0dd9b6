"""The ``minimum`` and ``maximum`` of a field: they bound a number, the length of a string or the count of an array."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from strangler.contracts.document import Field
from strangler.contracts.type_reference import ArrayType, BuiltIn, NamedType, Type
from strangler.model.json_value import Json
from strangler.toml_section import Section

_NUMBERS = (BuiltIn.INTEGER, BuiltIn.LONG, BuiltIn.DECIMAL, BuiltIn.DOUBLE)


class Measure(StrEnum):
    """What the bounds of a field apply to."""

    NUMBER = "number"
    LENGTH = "length"
    COUNT = "count"


def measure(type_: Type) -> Measure | None:
    """What the bounds of a type limit; None for a type that takes no bounds."""
    match type_:
        case ArrayType():
            return Measure.COUNT
        case NamedType(BuiltIn.STRING):
            return Measure.LENGTH
        case NamedType(name) if name in _NUMBERS:
            return Measure.NUMBER
        case _:
            return None


def report_bounds(section: Section, type_: Type, minimum: float | None, maximum: float | None) -> None:
    """Report bounds that no value could keep: on a type that takes none, of half a character, or in the wrong order."""
    what = measure(type_)
    for key, value in (("minimum", minimum), ("maximum", maximum)):
        if value is None:
            continue
        if what is None:
            section.report(key, f"{type_} has no {key}", "only numbers, strings and arrays have bounds")
        elif what is not Measure.NUMBER and (value < 0 or value % 1):
            section.report(key, f"the {key} of {type_} is a {what}, a whole number from 0")
    if minimum is not None and maximum is not None and minimum > maximum:
        section.report("maximum", "maximum must not be less than minimum")


def is_in_bounds(value: Json, minimum: float | None, maximum: float | None) -> bool:
    """Whether a value that already fits its type is within the bounds."""
    if isinstance(value, int | float):
        amount: float = value
    elif isinstance(value, Sequence):
        amount = len(value)
    else:
        return True
    return (minimum is None or minimum <= amount) and (maximum is None or amount <= maximum)


def bounds_within(narrow: Field, broad: Field) -> bool:
    """Whether every value within the bounds of `narrow` is also within those of `broad`."""
    low, high = narrow.minimum, narrow.maximum
    if broad.minimum is not None and (low is None or low < broad.minimum):
        return False
    return broad.maximum is None or (high is not None and high <= broad.maximum)
