"""Mermaid: a flowchart that Markdown renderers draw. Apps are subgraphs, tables cylinders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strangler.model.diagram_text import mermaid_text
from strangler_analyzers.graph.overview import Level, Overview, OverviewEdgeKind, OverviewNode, overview
from strangler_analyzers.graph.system_graph import SystemGraph

_ARROWS = {
    OverviewEdgeKind.DEPENDS: "-->",
    OverviewEdgeKind.READS: "-.->",
    OverviewEdgeKind.WRITES: "==>",
    OverviewEdgeKind.REFERENCES: "--o",
}


def mermaid(graph: SystemGraph, level: Level = Level.MODULES) -> str:
    """A flowchart: ``-->`` imports or calls, ``-.->`` reads, ``==>`` writes, ``--o`` has a foreign key to."""
    seen = overview(graph, level)
    names = {node.id: f"u{number}" for number, node in enumerate(seen.units)}
    names |= {node.id: f"t{number}" for number, node in enumerate(seen.tables)}
    lines = ["flowchart LR", *_nodes(seen, level, names)]
    for edge in seen.edges:
        label = f"|{edge.count}|" if edge.count > 1 else ""
        lines.append(f"  {names[edge.source]} {_ARROWS[edge.kind]}{label} {names[edge.target]}")
    return "\n".join(lines) + "\n"


def _nodes(seen: Overview, level: Level, names: Mapping[str, str]) -> Iterator[str]:
    units = [] if level is Level.APPS else list(seen.units)
    if level is Level.APPS:
        yield from (f"  {_unit(unit, names)}" for unit in seen.units)
    members = [*units, *seen.tables]
    for number, app in enumerate(sorted({node.app for node in members if node.app})):
        yield f'  subgraph app{number}["{mermaid_text(app)}"]'
        yield from (f"    {_unit(unit, names)}" for unit in units if unit.app == app)
        yield from (f"    {_table(table, names)}" for table in seen.tables if table.app == app)
        yield "  end"
    yield from (f"  {_table(table, names)}" for table in seen.tables if not table.app)


def _unit(node: OverviewNode, names: Mapping[str, str]) -> str:
    return f'{names[node.id]}["{mermaid_text(node.name)}"]'


def _table(node: OverviewNode, names: Mapping[str, str]) -> str:
    return f'{names[node.id]}[("{mermaid_text(node.name)}")]'
