"""The items of a retirement: a thing that is dead or stays, the reason, and the certainty."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from strangler.model.system import Confidence
from strangler_analyzers.rewriting.seams import SourcePosition


class ItemKind(StrEnum):
    """The kinds of items, in the order in which they are reported."""

    ROUTE = "route"
    FUNCTION = "function"
    CLASS = "class"
    METHOD = "method"
    CONSTANT = "constant"
    TEMPLATE = "template"
    TEST = "test"
    TABLE = "table"
    SETTING = "setting"
    DEPENDENCY = "dependency"


@dataclass(frozen=True, slots=True, order=True)
class DeadItem:
    """Something that is dead once the service owns its traffic.

    What is certain can be removed; what is likely is told with what speaks against it.
    """

    kind: ItemKind
    name: str
    place: SourcePosition
    reason: str
    confidence: Confidence = Confidence.CERTAIN


@dataclass(frozen=True, slots=True, order=True)
class UsedItem:
    """Something of the service that stays, and what uses it."""

    kind: ItemKind
    name: str
    place: SourcePosition
    used_by: str
    by_name: bool = False
    """Whether the use is by name only, and the name may mean something else."""
    text: str = ""
    """The string by which it may be used, as in the source; empty if code uses it."""
    text_place: SourcePosition | None = None
