"""The changes since an earlier analysis of the same system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strangler.model.json_value import Json
from strangler.report.document.columns import columns
from strangler_analyzers.graph.difference import ChangedEdge, Difference

MOST = 2_000
"""The longest that each list may be; otherwise two analyses that share nothing would fill the page twice."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The name of an earlier analysis, for people, and the differences from it."""

    base: str
    difference: Difference


def comparison_section(comparison: Comparison | None) -> Json:
    """Nodes by id, edges in columns, and the coupling of apps; null if nothing is compared."""
    if comparison is None:
        return None
    found = comparison.difference
    return {
        "base": comparison.base,
        "newNodes": list(found.new_nodes[:MOST]),
        "goneNodes": list(found.gone_nodes[:MOST]),
        "newEdges": _edges(found.new_edges),
        "goneEdges": _edges(found.gone_edges),
        "counts": [len(items) for items in (found.new_nodes, found.gone_nodes, found.new_edges, found.gone_edges)],
        "coupling": columns(
            ("source", "target", "before", "after"),
            ([item.source, item.target, item.before, item.after] for item in found.coupling),
        ),
        "before": found.before,
        "after": found.after,
    }


def _edges(edges: Sequence[ChangedEdge]) -> Json:
    rows = (
        [item.edge.kind.value, item.edge.source, item.edge.target, str(item.location or "")] for item in edges[:MOST]
    )
    return columns(("kind", "source", "target", "place"), rows)
