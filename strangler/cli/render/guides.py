"""The lines that draw a tree."""

from __future__ import annotations

from dataclasses import dataclass

import rich.console


@dataclass(frozen=True, slots=True)
class Guides:
    """What stands before a branch, before the last one, and before what is below a branch that is not the last."""

    fork: str
    last: str
    pass_by: str


_UNICODE = Guides("├─ ", "└─ ", "│  ")
_ASCII = Guides("|- ", "`- ", "|  ")


def guides_of(options: rich.console.ConsoleOptions) -> Guides:
    """Those that a terminal can show."""
    return _UNICODE if options.encoding.startswith("utf") else _ASCII
