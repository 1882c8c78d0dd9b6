"""Paths in error messages, as the reader would write them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def from_here(line: str) -> str:
    """A line of an error that begins with a path, which becomes relative if it is below the current folder."""
    with suppress(OSError):
        here = Path.cwd()
        return line.removeprefix(f"{here}{os.sep}") if here.name else line
    return line
