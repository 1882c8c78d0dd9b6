"""Two trees of one file that differ in nothing but the lines their nodes stand on: comments and spaces were edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from strangler_analyzers.source import syntax as s

_Part: TypeAlias = "s.Node | tuple[_Part, ...] | str | int | float | None"
"""What a field of a node holds."""

_LINES = frozenset({"line", "end_line"})
"""The fields that say where a node stands."""
_LENGTH = "lines"
"""The field that says how long the file is."""


@dataclass(frozen=True, slots=True)
class MovedLines:
    """Where each line that a node stood on has gone; `length` is how many lines the file has now."""

    lines: Mapping[int, int]
    length: int


def moved_lines(before: s.Tree, after: s.Tree) -> MovedLines | None:
    """Where the lines of `before` have gone in `after`; None when anything else differs.

    Line 1 is where a module stands, whatever its code, and 0 stands for no line: both must stay what they are. Lines
    keep their order and never become one, so whatever is compared, sorted or told apart by its line still is. What is
    said of a file that was not read whole quotes its lines: such a file is not looked at.
    """
    if before.cuts or after.cuts:
        return None
    moves = _moves(before, after)
    return MovedLines(moves, after.lines) if moves is not None and _keeps_order(moves) else None


def _moves(before: s.Tree, after: s.Tree) -> dict[int, int] | None:
    found = {0: 0, 1: 1}
    pending: list[tuple[_Part, _Part]] = [(before, after)]
    while pending:
        old, new = pending.pop()
        if type(old) is not type(new):
            return None
        if isinstance(old, s.Node):
            for name in old.__struct_fields__:
                if name in _LINES:
                    line: int = getattr(old, name)
                    if found.setdefault(line, moved := getattr(new, name)) != moved:
                        return None
                elif name != _LENGTH:
                    pending.append((getattr(old, name), getattr(new, name)))
        elif isinstance(old, tuple) and isinstance(new, tuple):
            if len(old) != len(new):
                return None
            pending += zip(old, new, strict=True)
        elif old != new:
            return None
    return found


def _keeps_order(moves: Mapping[int, int]) -> bool:
    return all(moves[line] < moves[following] for line, following in pairwise(sorted(moves)))
