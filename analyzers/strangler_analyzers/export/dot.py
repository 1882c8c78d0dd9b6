"""DOT, the language of Graphviz: apps as clusters of modules and tables."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.diagram_text import dot_text
from strangler_analyzers.graph.overview import Level, Overview, OverviewEdgeKind, OverviewNode, overview
from strangler_analyzers.graph.system_graph import SystemGraph

_STYLES = {
    OverviewEdgeKind.DEPENDS: "color=gray40",
    OverviewEdgeKind.READS: "color=steelblue style=dashed",
    OverviewEdgeKind.WRITES: "color=firebrick penwidth=1.6",
    OverviewEdgeKind.REFERENCES: "color=gray70 style=dotted arrowhead=empty",
}


def dot(graph: SystemGraph, level: Level = Level.MODULES) -> str:
    """A directed graph; edges carry their number of dependencies as label and as `weight`."""
    seen = overview(graph, level)
    lines = [
        f"digraph {dot_text(graph.facts.root)} {{",
        # Otherwise Graphviz ranks each cluster alone, and fails if edges lead both ways between two of them.
        "  rankdir=LR; newrank=true;",
        '  node [shape=box fontname="sans-serif" fontsize=10];',
        '  edge [fontname="sans-serif" fontsize=8];',
        *_clusters(seen, level),
    ]
    for edge in seen.edges:
        attributes = f"{_STYLES[edge.kind]} weight={edge.count}"
        if edge.count > 1:
            attributes += f' label="{edge.count}"'
        lines.append(f"  {dot_text(edge.source)} -> {dot_text(edge.target)} [{attributes}];")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _clusters(seen: Overview, level: Level) -> Iterator[str]:
    units = [] if level is Level.APPS else list(seen.units)
    if level is Level.APPS:
        yield from (f"  {_node(unit, 'style=filled fillcolor=gray95')}" for unit in seen.units)
    members = [*units, *seen.tables]
    for number, app in enumerate(sorted({node.app for node in members if node.app})):
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={dot_text(app)}; color=gray60;"
        yield from (f"    {_node(unit)}" for unit in units if unit.app == app)
        yield from (f"    {_node(table, 'shape=cylinder')}" for table in seen.tables if table.app == app)
        yield "  }"
    yield from (f"  {_node(table, 'shape=cylinder')}" for table in seen.tables if not table.app)


def _node(node: OverviewNode, style: str = "") -> str:
    attributes = f"label={dot_text(node.name)} {style}".strip()
    return f"{dot_text(node.id)} [{attributes}];"
