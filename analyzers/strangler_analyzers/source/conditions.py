"""The conditions that an ``if`` tests on a function's parameters, as the slim tree holds them.

They hold no expressions, so code that walks a tree need not enter them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from strangler_analyzers.source.kinds import Exact

Literal: TypeAlias = str | int | float | bool | None
"""The value of a constant of the slim tree."""
SINGLETONS = (None, True, False)
"""The literals that ``is`` is understood for; the identity of other literals is unknown."""


class Truth(Struct, frozen=True, array_like=True, gc=False, tag="t", metaclass=Exact):
    """``if subject``: a parameter, or an attribute of one as ``parameter.name``."""

    subject: str


class Equals(Struct, frozen=True, array_like=True, gc=False, tag="e", metaclass=Exact):
    """``subject == value``, or with `same` ``subject is value``."""

    subject: str
    value: Literal
    same: bool


class Not(Struct, frozen=True, array_like=True, gc=False, tag="n", metaclass=Exact):
    """``not condition``."""

    condition: Condition


class Together(Struct, frozen=True, array_like=True, gc=False, tag="a", metaclass=Exact):
    """``and`` where `every` part must hold, otherwise ``or``."""

    parts: tuple[Condition, ...]
    every: bool


class Unclear(Struct, frozen=True, array_like=True, gc=False, tag="u", metaclass=Exact):
    """A condition that does not depend on parameters, or is not understood."""


Condition: TypeAlias = Truth | Equals | Not | Together | Unclear
UNCLEAR = Unclear()


class Decision(Struct, frozen=True, array_like=True, gc=False, tag="d", metaclass=Exact):
    """The condition that selects the arm of an ``if``; `leaves` tells for each arm if it leaves the enclosing block.

    A ``match``, whose patterns may bind any name, has an `Unclear` condition.
    """

    condition: Condition
    leaves: tuple[bool, ...]


def decided(condition: Condition | None, *leaves: bool) -> Decision | None:
    """The decision for a condition; None if the condition is unknown."""
    return None if condition is None else Decision(condition, leaves)


def together(conditions: Sequence[Condition | None], *, every: bool) -> Condition | None:
    """The conjunction (`every`) or disjunction of conditions; unknown parts stay `Unclear`."""
    if not any(conditions):
        return None
    return Together(tuple(part or UNCLEAR for part in conditions), every)


def opposite(condition: Condition | None) -> Condition | None:
    """The negation of a condition; None for an unknown one."""
    return None if condition is None else Not(condition)


def equal(subject: str, operator: str, value: Literal) -> Condition | None:
    """The condition for ``subject is value``, ``==`` and their negations."""
    same = operator.startswith("is")
    if same and not any(value is singleton for singleton in SINGLETONS):
        return None
    found = Equals(subject, value, same)
    return Not(found) if operator in {"is not", "!="} else found


def asked_for(condition: Condition) -> Iterator[tuple[str, Literal]]:
    """The parameters and their attributes that a condition tests, each with its compared literal, or None."""
    match condition:
        case Truth(subject=subject):
            yield subject, None
        case Equals(subject=subject, value=value):
            yield subject, value
        case Not(condition=inner):
            yield from asked_for(inner)
        case Together(parts=parts):
            for part in parts:
                yield from asked_for(part)
        case Unclear():
            pass
