"""The result of rewriting a file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from strangler_analyzers.rewriting.seams import SourcePosition

LONE_RETURN = re.compile(rb"\r(?!\n)")
"""LibCST loses the last end of a line of such a file."""
WHY_LONE_RETURN = "its lines end with a carriage return alone: let them end with a line feed"


@dataclass(frozen=True, slots=True)
class LeftCall:
    """A call that stays as it is although a port could take it, and why."""

    place: SourcePosition
    callee: str
    reason: str


@dataclass(frozen=True, slots=True)
class Changed:
    """The file is to read `after`; `before` is what it is now, None where there is none."""

    file: str
    before: bytes | None
    after: bytes
    calls: int = 0
    left: tuple[LeftCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """The file is to go; `before` is what it is now."""

    file: str
    before: bytes


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The file is as it should be."""

    file: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """The file is left alone, and why."""

    file: str
    reason: str
    left: tuple[LeftCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The file cannot be read or rewritten, and why."""

    file: str
    reason: str


FileResult = Changed | Removed | Unchanged | Skipped | Failed
