"""What an ``if`` asks of a function's parameters, as the slim tree holds it.

These hold no expressions: whoever walks a tree has nothing to look for in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from msgspec import Struct

from strangler_analyzers.source.kinds import Exact

Literal: TypeAlias = str | int | float | bool | None
"""The value of a constant of the slim tree."""
SINGLETONS = (None, True, False)
"""What ``is`` may be asked of: of other literals nobody knows which object they are."""


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
    """Whatever has nothing to do with parameters."""


Condition: TypeAlias = Truth | Equals | Not | Together | Unclear
UNCLEAR = Unclear()


class Decision(Struct, frozen=True, array_like=True, gc=False, tag="d", metaclass=Exact):
    """What decides which arm of an ``if`` runs, and for each arm whether it ends with leaving the block around.

    ``match``, whose patterns may bind any name, has one that is unclear.
    """

    condition: Condition
    leaves: tuple[bool, ...]


def decided(condition: Condition | None, *leaves: bool) -> Decision | None:
    """The decision that a condition makes, if it is known at all."""
    return None if condition is None else Decision(condition, leaves)


def together(conditions: Sequence[Condition | None], *, every: bool) -> Condition | None:
    """``and`` (`every`) or ``or``; what is not known of a part stays unclear."""
    if not any(conditions):
        return None
    return Together(tuple(part or UNCLEAR for part in conditions), every)


def opposite(condition: Condition | None) -> Condition | None:
    """``not``."""
    return None if condition is None else Not(condition)


def equal(subject: str, operator: str, value: Literal) -> Condition | None:
    """``subject is value``, ``==``, and their opposites."""
    same = operator.startswith("is")
    if same and not any(value is singleton for singleton in SINGLETONS):
        return None
    found = Equals(subject, value, same)
    return Not(found) if operator in {"is not", "!="} else found


def asked_for(condition: Condition) -> Iterator[tuple[str, Literal]]:
    """What a condition asks: parameters and attributes of them, with the literal each is compared with, or None."""
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
