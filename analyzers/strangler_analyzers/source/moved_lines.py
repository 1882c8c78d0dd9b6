"""Maps old lines to new ones for a file in which only comments and white space were edited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from msgspec import Struct

from strangler_analyzers.source import syntax as s

_Part: TypeAlias = "Struct | tuple[_Part, ...] | str | int | float | None"
"""The value of a field of a node."""

_LINES = frozenset({"line", "end_line"})
"""The fields with a node's position."""
_LENGTH = "lines"
"""The field with the number of lines of the file."""


@dataclass(frozen=True, slots=True)
class MovedLines:
    """The new line for each old line that held a node; `length` is the number of lines that the file has now."""

    lines: Mapping[int, int]
    length: int


def moved(pairs: Iterable[tuple[int, int]], length: int = 0) -> MovedLines | None:
    """The mapping of lines, from pairs of old and new ones.

    None if an old line has two new ones, two old lines share a new one, or the order changes.
    """
    found: dict[int, int] = {}
    for old, new in pairs:
        if found.setdefault(old, new) != new:
            return None
    kept = all(found[line] < found[following] for line, following in pairwise(sorted(found)))
    return MovedLines(found, length) if kept else None


def moved_lines(before: s.Tree, after: s.Tree) -> MovedLines | None:
    """The mapping from the lines of `before` to those of `after`; None if anything else differs.

    Line 1 is a module's own line, whatever its code, and 0 means no line: neither may change. Lines keep their order
    and are never merged, so comparing, sorting and distinguishing by line still work. The notes on a file that was not
    read whole quote its lines, so such a file gives None.
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
