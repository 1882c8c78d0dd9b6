"""Where lines have gone: two trees of one file that differ in nothing else, since comments and spaces were edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

from strangler_analyzers.source import syntax as s

_Part: TypeAlias = "Struct | tuple[_Part, ...] | str | int | float | None"
"""What a field of a node holds."""

_LINES = frozenset({"line", "end_line"})
"""The fields that say where a node stands."""
_LENGTH = "lines"
"""The field that says how long the file is."""


@dataclass(frozen=True, slots=True)
class MovedLines:
    """Where each line that a node stood on has gone; `length` is how many lines a source file has now."""

    lines: Mapping[int, int]
    length: int


def moved(pairs: Iterable[tuple[int, int]], length: int = 0) -> MovedLines | None:
    """Where lines have gone, from pairs of old and new ones.

    None where one goes to two places, two go to one, or one goes before another.
    """
    found: dict[int, int] = {}
    for old, new in pairs:
        if found.setdefault(old, new) != new:
            return None
    kept = all(found[line] < found[following] for line, following in pairwise(sorted(found)))
    return MovedLines(found, length) if kept else None


def moved_lines(before: s.Tree, after: s.Tree) -> MovedLines | None:
    """Where the lines of `before` have gone in `after`; None when anything else differs.

    Line 1 is where a module stands, whatever its code, and 0 stands for no line: both must stay what they are. Lines
    keep their order and never become one, so whatever is compared, sorted or told apart by its line still is. What is
    said of a file that was not read whole quotes its lines: such a file is not looked at.
    """
    if before.cuts or after.cuts:
        return None
    pairs = _pairs(before, after)
    return None if pairs is None else moved(((0, 0), (1, 1), *pairs), after.lines)


def _pairs(before: s.Tree, after: s.Tree) -> list[tuple[int, int]] | None:
    found: list[tuple[int, int]] = []
    pending: list[tuple[_Part, _Part]] = [(before, after)]
    while pending:
        old, new = pending.pop()
        if type(old) is not type(new):
            return None
        if isinstance(old, Struct):
            for name in old.__struct_fields__:
                if name in _LINES:
                    found.append((getattr(old, name), getattr(new, name)))
                elif name != _LENGTH:
                    pending.append((getattr(old, name), getattr(new, name)))
        elif isinstance(old, tuple) and isinstance(new, tuple):
            if len(old) != len(new):
                return None
            pending += zip(old, new, strict=True)
        elif old != new:
            return None
    return found
