"""Lines of text that end with a location in the source, aligned if the width allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.model.location import Location

_GAP = 2


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line and the location it concerns; None if the source does not tell it."""

    text: Text
    location: Location | None


@dataclass(frozen=True, slots=True)
class PlacedLines:
    """Renders lines; locations are never wrapped or cut, so that a terminal can open them."""

    lines: Sequence[PlacedLine]

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        column = self._column(options.max_width)
        for line in self.lines:
            padding = max(_GAP, column - line.text.cell_len)
            place = "-" if line.location is None else str(line.location)
            whole = Text.assemble(line.text, " " * padding, (place, "dim"), no_wrap=True, overflow="ignore", end="\n")
            yield whole

    def _column(self, width: int) -> int:
        """The column where locations begin: the end of the longest line that still leaves room for its location."""
        longest = max((len(str(line.location)) for line in self.lines), default=0)
        room = width - longest
        fitting = [line.text.cell_len + _GAP for line in self.lines if line.text.cell_len + _GAP <= room]
        return max(fitting, default=0)
