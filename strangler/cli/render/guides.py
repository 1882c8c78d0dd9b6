"""The lines that draw a tree."""

from __future__ import annotations

from dataclasses import dataclass

import rich.console


@dataclass(frozen=True, slots=True)
class Guides:
    """The prefixes of a branch, of the last branch, and of lines below a branch that is not the last."""

    fork: str
    last: str
    pass_by: str


_UNICODE = Guides("├─ ", "└─ ", "│  ")
_ASCII = Guides("|- ", "`- ", "|  ")


def guides_of(options: rich.console.ConsoleOptions) -> Guides:
    """The guides that the terminal can display."""
    return _UNICODE if options.encoding.startswith("utf") else _ASCII
