"""The output of `strangler plan` and `next`: every step with its state and its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.planner.migration_plan.progress import PlannedStep, ServiceStanding
from strangler.planner.migration_plan.reading import State

_MARKS = {State.DONE: ("done", "green"), State.OPEN: ("open", "yellow"), State.UNKNOWN: ("?", "dim")}


@dataclass(frozen=True, slots=True)
class PlanPage:
    """Renders a plan; the next step is shown with its gate and its command."""

    standing: ServiceStanding

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        yield Text(plan_line(self.standing), "bold")
        reasons: dict[str, str] = {}
        for number, item in enumerate(self.standing.steps, 1):
            first = reasons.setdefault(item.found, item.step)
            known = item.state is not State.UNKNOWN or first == item.step
            yield _line(number, item, item.found if known else f"not known, for the same reason as {first}")
        yield Text("")
        yield from map(Text, next_lines(self.standing))


def plan_line(standing: ServiceStanding) -> str:
    """The progress of the plan in one line."""
    over = sum(item.state is State.DONE for item in standing.steps)
    by_hand = sum(item.by_hand is not None for item in standing.steps)
    return f"{standing.service}: {over} of {len(standing.steps)} steps done" + (
        f", {by_hand} of them by hand" if by_hand else ""
    )


def next_lines(standing: ServiceStanding) -> Iterator[str]:
    """The next step."""
    item = standing.next
    if item is None:
        yield f"{standing.service}: everything is done"
        return
    yield f"next: {item.title} ({item.step}) of {standing.service}"
    yield f"  gate: {item.gate}"
    yield f"  now: {item.found}"
    yield f"  do: {item.command}"


def skipped_line(item: PlannedStep) -> str:
    """A step that a cut-over does not require."""
    return f"open    {item.step}: {item.found}; no condition of a move: {item.command}"


def _line(number: int, item: PlannedStep, found: str) -> Text:
    mark, style = _MARKS[item.state]
    return Text.assemble(f"{number:>3} ", (f"{mark:<5}", style), f"{item.step:<9} {item.title}: ", (found, "dim"))
