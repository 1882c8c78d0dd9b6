"""The output of `strangler suggest` on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import rich.console
from rich.text import Text

from strangler.cli.render.sections import columns, figure, more, section
from strangler.model.quantity import first_of, quantity
from strangler_analyzers.boundaries.crossings import Crossing
from strangler_analyzers.boundaries.margins import Margin
from strangler_analyzers.boundaries.merging import Merge
from strangler_analyzers.boundaries.suggestion import ProposedService, Suggestion

_ROWS = 5
_TABLES = 6
"""The most tables that the line of a crossing lists."""
_UNSURE = 0.3


@dataclass(frozen=True, slots=True)
class SuggestionPage:
    """Renders a suggestion; shows the first `rows` of long lists. `round_trip` is in milliseconds."""

    suggestion: Suggestion
    round_trip: float
    rows: int = _ROWS
    merges: Sequence[Merge] = ()

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        suggestion = self.suggestion
        yield Text.assemble(
            (quantity(len(suggestion.services), "service"), "bold"), f", {suggestion.natural} by nature"
        )
        for note in suggestion.notes:
            yield Text(f"note: {note}")
        for service in suggestion.services:
            yield from self._service(service)
        yield from self._kernel()
        yield from self._cut()
        yield from self._routes()
        yield from self._margins()
        yield from self._crossings()
        yield from section("Next")
        number = len(suggestion.services)
        yield Text(f"take one of them out: strangler plan NAME --services {number} (--as OTHER to call it otherwise)")
        yield Text("what to take first: strangler suggest --first")

    def _service(self, service: ProposedService) -> Iterator[Text]:
        yield from section(f"{service.name} (around {service.medoid})")
        yield from _words("tables", service.tables)
        yield from _words("modules", service.modules, self.rows)
        yield from _words("routes", service.routes, self.rows)
        yield from _words("entry points", service.entry_points, self.rows)
        yield from _words("needs in so many places", [f"{name} ({count})" for name, count in service.needs.items()])
        yield from _words("gives in so many places", [f"{name} ({count})" for name, count in service.gives.items()])
        yield from _words("must copy or ask for", service.copies, self.rows)

    def _kernel(self) -> Iterator[Text]:
        kernel = self.suggestion.kernel
        if kernel.modules or kernel.tables:
            yield from section("Shared kernel")
            yield from _words("a library", kernel.modules, self.rows)
            for table in kernel.tables:
                owner = f", {table.owner} would be its authority" if table.owner else ""
                yield Text(f"  {table.table}: used by {', '.join(table.users) or 'all'}{owner}")

    def _cut(self) -> Iterator[rich.console.RenderableType]:
        yield from section("What the cut costs, and what a random cut of the same sizes would")
        table = columns("crossing", "here", "random")
        for term in self.suggestion.cut:
            table.add_row(term.name, figure(term.count), f"{term.expected:,.1f}")
        yield table
        for cycle in self.suggestion.cycles:
            yield Text(f"need each other: {', '.join(cycle)}")

    def _routes(self) -> Iterator[Text]:
        hops = sorted(self.suggestion.remote_hops.items(), key=lambda item: (-item[1], item[0]))
        if hops:
            yield from section(f"Routes that need other services ({len(hops)})")
            for route, count in hops[: self.rows]:
                yield Text(f"{route}: 0 -> {count} remote hops, at least {count * self.round_trip:g} ms more in a row")
            yield from more(len(hops) - self.rows)
        if self.merges:
            yield from section("Merge, one after the other, to keep [targets] p99")
        for item in self.merges:
            first, second = item.services
            yield Text(f"{first} and {second}: {item.before} -> {item.after} routes that wait too long")
        yield from _words("tables of no service", self.suggestion.unplaced, self.rows)
        unassigned = self.suggestion.unassigned_routes
        if unassigned:
            yield from section(f"Routes of no service ({len(unassigned)})")
            yield Text(f"{', '.join(unassigned[: self.rows])}{' ...' if len(unassigned) > self.rows else ''}")

    def _margins(self) -> Iterator[Text]:
        unsure = [margin for margin in self.suggestion.margins if margin.margin < _UNSURE]
        if unsure:
            yield from section(f"Unsure ({len(unsure)})")
            for margin in unsure[: self.rows]:
                yield from _margin(margin)
            yield from more(len(unsure) - self.rows)

    def _crossings(self) -> Iterator[Text]:
        for kind, group in groupby(self.suggestion.crossings, key=lambda item: item.kind):
            items = list(group)
            yield from section(f"{kind.value.capitalize()} ({len(items)})")
            for item in items[: self.rows]:
                yield from crossing_lines(item)
            yield from more(len(items) - self.rows)


def crossing_lines(item: Crossing) -> Iterator[Text]:
    """One crossing: its two ends, what crosses and where, and what to do about it."""
    tables = f" {first_of(item.tables, _TABLES)}" if item.tables else ""
    function = f" in {item.function}" if item.function else ""
    arrow = f"{item.source} -> {', '.join(item.targets)}"
    yield Text.assemble((arrow, "bold"), f" {item.subject}{tables}{function} ", (str(item.location), "dim"))
    yield Text(f"  remedy: {item.remedy}")


def _margin(margin: Margin) -> Iterator[Text]:
    own, other = margin.own, margin.other
    if other is None:
        return
    here = "nothing holds it" if own is None else f"{own.service} {own.strength:.2f}"
    yield Text(f"{margin.table} could equally belong to {other.service} ({here}, {other.service} {other.strength:.2f})")
    signals = ", ".join(f"{signal.value} {value:.2f}" for signal, value in list(other.signals.items())[:3])
    places = ", ".join(map(str, other.uses)) or "no direct use"
    yield Text(f"  because of {other.nearest}: {signals}; {places}")
    yield Text(f'  what would flip it: {margin.table} = "{other.service}" under [labels] of boundaries.toml')


def _words(title: str, words: Sequence[str], rows: int | None = None) -> Iterator[Text]:
    if words:
        yield Text(f"  {title}: {first_of(words, len(words) if rows is None else rows)}")
