"""The output of `strangler suggest --first` and `--from-table` on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import rich.console
from rich.text import Text

from strangler.cli.render.sections import columns, figure, more, section
from strangler.cli.render.suggestion import crossing_lines
from strangler.model.quantity import quantity
from strangler_analyzers.boundaries.extraction_order import Candidate
from strangler_analyzers.boundaries.outwards import Outwards


@dataclass(frozen=True, slots=True)
class FirstPage:
    """Renders the part to extract first, and those that follow; shows the first `rows` of long lists."""

    chosen: Candidate
    others: Sequence[Candidate]
    rows: int

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        yield Text.assemble("first: ", (self.chosen.name, "bold"), f" ({', '.join(self.chosen.tables)})")
        yield from _reasons(self.chosen)
        crossings = quantity(len(self.chosen.crossings), "crossing")
        yield from section(
            f"What would cross ({crossings}, where code follows its tables; the cost counts the ties above)"
        )
        for item in self.chosen.crossings[: self.rows]:
            yield from crossing_lines(item)
        yield from more(len(self.chosen.crossings) - self.rows)
        yield from section("After it, or instead of it")
        table = columns("part", "tables", "routes", "ties", "cost", "per use inside")
        for item in self.others:
            if not item.vital:
                cost = (f"{item.cost:g}", f"{item.relative_cost:.2f}")
                table.add_row(item.name, *map(figure, (len(item.tables), len(item.routes), _ties(item))), *cost)
        yield table
        vital = [item for item in self.others if item.vital]
        if vital:
            yield from section("Not first")
        for item in vital:
            yield Text(f"{item.name}: {'; '.join(item.vital)}")
        yield from section("Next")
        yield Text(f"take it out: strangler plan {self.chosen.name} (--as OTHER to call it otherwise)")


@dataclass(frozen=True, slots=True)
class OutwardsPage:
    """Renders the growth from one table to a service and its API; shows the first `rows` of long lists."""

    outwards: Outwards
    rows: int

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        found = self.outwards
        yield Text.assemble("1. tables, from ", (found.table, "bold"))
        for step in found.steps:
            signals = ", ".join(signal.value for signal in step.signals[:3])
            yield Text(f"  {step.table}: with {step.nearest} ({step.strength:.2f}: {signals})")
        yield Text.assemble("2. service ", (found.service.name, "bold"))
        yield from _reasons(found.service)
        yield Text(f"3. API: what the rest does to its tables today ({len(found.api)})")
        for item in found.api[: self.rows]:
            tables = f" {', '.join(item.tables)}" if item.tables else ""
            yield Text.assemble(f"  {item.kind.value}{tables}: {item.function} ", (str(item.location), "dim"))
        yield from more(len(found.api) - self.rows)


def _reasons(item: Candidate) -> Iterator[Text]:
    for vital in item.vital:
        yield Text(f"  vital: {vital}", "bold")
    yield Text(
        f"  {quantity(len(item.routes), 'route')}, called by {quantity(item.tests, 'test')},"
        f" its code uses its tables in {quantity(item.inside, 'place')}"
    )
    if item.requests is not None:
        yield Text(f"  {quantity(item.requests, 'request')} in the access logs")
    for tie, count in item.ties.items():
        yield Text(f"  {tie.told(count)}")
    yield Text(f"  cost {item.cost:g}, {item.relative_cost:.2f} for each use inside")


def _ties(item: Candidate) -> int:
    return sum(item.ties.values())
