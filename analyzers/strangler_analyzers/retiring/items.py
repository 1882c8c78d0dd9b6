"""What is told of a retirement: one thing that is dead, or that stays, why, and how certain that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from strangler.model.system import Confidence
from strangler_analyzers.rewriting.seams import Place


class ItemKind(StrEnum):
    """What something is, in the order in which it is told."""

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
    place: Place
    reason: str
    confidence: Confidence = Confidence.CERTAIN


@dataclass(frozen=True, slots=True, order=True)
class UsedItem:
    """Something of the service that stays, and what uses it."""

    kind: ItemKind
    name: str
    place: Place
    used_by: str
    by_name: bool = False
    """What uses it says its name, which may mean another thing: no more is known."""
    text: str = ""
    """The text by which it may be used, as the source has it; empty where it is used by code."""
    text_place: Place | None = None
