"""Which built-in types are subtypes of others, judged by their values as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from strangler.contracts.type_reference import BuiltIn

_WIDER: Mapping[BuiltIn, frozenset[BuiltIn]] = {
    BuiltIn.INTEGER: frozenset({BuiltIn.LONG, BuiltIn.DECIMAL, BuiltIn.DOUBLE}),
    BuiltIn.LONG: frozenset({BuiltIn.DECIMAL}),  # A double holds 53 bits exactly.
    BuiltIn.DOUBLE: frozenset({BuiltIn.DECIMAL}),
    BuiltIn.UUID: frozenset({BuiltIn.STRING}),
    BuiltIn.DATE: frozenset({BuiltIn.STRING}),
    BuiltIn.DATE_TIME: frozenset({BuiltIn.STRING}),
    BuiltIn.DATE_TIME_LOCAL: frozenset({BuiltIn.STRING}),
}


def is_within(narrow: BuiltIn, broad: BuiltIn) -> bool:
    """Whether every value of one built-in type is also a value of another."""
    if narrow is broad:
        return True
    if broad is BuiltIn.JSON:
        return narrow is not BuiltIn.UNIT
    return broad in _WIDER.get(narrow, frozenset())
