"""Which arm of an ``if`` runs when parameters have known literal values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.conditions import Condition, Equals, Literal, Not, Together, Truth, Unclear

Flags: TypeAlias = Mapping[str, Literal]
"""The literal value of each parameter, by parameter name."""

NO_FLAGS: Flags = {}


def holds(condition: Condition, flags: Flags) -> bool | None:
    """Whether a condition holds; None if unknown."""
    match condition:
        case Truth(subject=subject):
            return bool(flags[subject]) if subject in flags else None
        case Equals(subject=subject, value=value, same=same):
            if subject not in flags:
                return None
            return flags[subject] is value if same else flags[subject] == value
        case Not(condition=inner):
            found = holds(inner, flags)
            return None if found is None else not found
        case Together(parts=parts, every=every):
            answers = [holds(part, flags) for part in parts]
            if (not every) in answers:
                return not every
            return None if None in answers else every
        case Unclear():
            return None


def only_arm(branch: s.Branch, flags: Flags) -> int | None:
    """The index of the only arm of an ``if`` that can run; None if any may."""
    if branch.decision is None or not flags:
        return None
    found = holds(branch.decision.condition, flags)
    return None if found is None else int(not found)


def leaves(branch: s.Branch, flags: Flags) -> bool:
    """Whether nothing after an ``if`` in its block can run."""
    arm = only_arm(branch, flags)
    return arm is not None and branch.decision is not None and branch.decision.leaves[arm]
