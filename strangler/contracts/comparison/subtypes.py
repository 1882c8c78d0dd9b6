"""Which values are those of a wider type too, as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from strangler.contracts.document import Field
from strangler.contracts.type_reference import ArrayType, BuiltIn, NamedType, Type

_NUMBERS = (BuiltIn.INTEGER, BuiltIn.LONG, BuiltIn.DECIMAL, BuiltIn.DOUBLE)
_WIDER: Mapping[BuiltIn, frozenset[BuiltIn]] = {
    BuiltIn.INTEGER: frozenset({BuiltIn.LONG, BuiltIn.DECIMAL, BuiltIn.DOUBLE}),
    BuiltIn.LONG: frozenset({BuiltIn.DECIMAL}),  # A double has 53 bits.
    BuiltIn.DOUBLE: frozenset({BuiltIn.DECIMAL}),
    BuiltIn.UUID: frozenset({BuiltIn.STRING}),
    BuiltIn.DATE: frozenset({BuiltIn.STRING}),
    BuiltIn.DATE_TIME: frozenset({BuiltIn.STRING}),
}


def is_within(narrow: BuiltIn, broad: BuiltIn) -> bool:
    """Whether every value of one built-in type is one of another."""
    if narrow is broad:
        return True
    if broad is BuiltIn.JSON:
        return narrow is not BuiltIn.UNIT
    return broad in _WIDER.get(narrow, frozenset())


def has_bounds(type_: Type) -> bool:
    """Whether minimum and maximum say something about a type: numbers, strings, arrays."""
    if isinstance(type_, ArrayType):
        return True
    return isinstance(type_, NamedType) and type_.built_in in {*_NUMBERS, BuiltIn.STRING}


def bounds_within(narrow: Field, broad: Field) -> bool:
    """Whether what one field's bounds allow is allowed by those of the other."""
    if not has_bounds(broad.type):
        return True
    low, high = (narrow.minimum, narrow.maximum) if has_bounds(narrow.type) else (None, None)
    if broad.minimum is not None and (low is None or low < broad.minimum):
        return False
    return broad.maximum is None or (high is not None and high <= broad.maximum)
