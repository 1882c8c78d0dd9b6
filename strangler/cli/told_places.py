"""Places of errors, as whoever reads them would write them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def from_here(line: str) -> str:
    """A line of an error, which begins with its place, with the place as seen from the current folder if below it."""
    with suppress(OSError):
        here = Path.cwd()
        return line.removeprefix(f"{here}{os.sep}") if here.name else line
    return line
