"""A move of the authority, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from strangler.model.authority import Side
from strangler.model.quantity import quantity
from strangler.planner.move import Moment, MoveResult


@dataclass(frozen=True, slots=True)
class MomentLine:
    """A moment of the move: ``  0.042 s  drain      3 rows``."""

    moment: Moment

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the line."""
        yield Text(f"{self.moment.seconds:8.3f} s  {self.moment.name:<10} {self.moment.figures}".rstrip())


@dataclass(frozen=True, slots=True)
class MoveTable:
    """The side with the authority after the move, and the duration of the move."""

    result: MoveResult

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield the lines."""
        authority = self.result.authority
        yield Text(f"{authority.service}: {authority.side} has the authority, epoch {authority.epoch}")
        if self.result.pause:
            yield Text(
                f"writes were held for {self.result.pause * 1000:.0f} ms;"
                f" {quantity(self.result.applied, 'row')} applied to {authority.side} meanwhile,"
                f" {self.result.compared} that changed on {authority.side.other} compared and equal"
            )
        back = "rollback" if authority.side is Side.V2 else "cutover"
        yield Text(f"the way back: strangler {back} {authority.service}")
