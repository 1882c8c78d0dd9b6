"""The output of `strangler diff` on the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import rich.console
from rich.text import Text

from strangler.cli.render.sections import columns, figure, listed, more, section
from strangler.model.quantity import quantity
from strangler_analyzers.graph.difference import ChangedEdge, CouplingChange, Difference


@dataclass(frozen=True, slots=True)
class DifferencePage:
    """Renders a difference; shows the first `rows` of long lists."""

    difference: Difference
    rows: int

    def __rich_console__(
        self, console: rich.console.Console, options: rich.console.ConsoleOptions
    ) -> rich.console.RenderResult:
        found = self.difference
        yield Text.assemble((_headline(found), "bold"))
        yield from listed("New", [f"  {item}" for item in found.new_nodes], self.rows)
        yield from listed("Gone", [f"  {item}" for item in found.gone_nodes], self.rows)
        yield from self._edges("New dependencies", found.new_edges)
        yield from self._edges("Gone dependencies", found.gone_edges)
        if found.coupling:
            yield from section("Coupling of apps (imports and calls)")
            table = columns("from", "to", "before", "after", "change")
            table.columns[1].justify = "left"
            for item in found.coupling[: self.rows]:
                table.add_row(item.source, item.target, *map(figure, (item.before, item.after)), _signed(item))
            yield table
            yield from more(len(found.coupling) - self.rows)

    def _edges(self, title: str, edges: Sequence[ChangedEdge]) -> Iterator[Text]:
        for kind, group in groupby(edges, key=lambda item: item.edge.kind):
            items = list(group)
            yield from section(f"{title}: {kind.value} ({figure(len(items))})")
            for item in items[: self.rows]:
                place = "" if item.location is None else f"  {item.location}"
                yield Text.assemble(f"  {item.edge.source} -> {item.edge.target}", (place, "dim"))
            yield from more(len(items) - self.rows)


def _headline(found: Difference) -> str:
    if not (found.new_nodes or found.gone_nodes or found.new_edges or found.gone_edges or found.coupling):
        return "no difference"
    change = found.after - found.before
    way = "unchanged" if not change else f"{'up' if change > 0 else 'down'} by {abs(change)}"
    edges = f"{quantity(len(found.new_edges), 'new edge')}, {figure(len(found.gone_edges))} gone"
    return f"{edges}; coupling between apps {way} ({figure(found.before)} -> {figure(found.after)})"


def _signed(item: CouplingChange) -> str:
    return f"{item.change:+d}"
