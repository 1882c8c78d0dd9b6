# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What networkx makes of the same similarities, with types: its stubs leave much open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx

from benchmarks.partition_scores import Partition
from strangler_analyzers.boundaries.clustering import Clustering


def network(clustering: Clustering) -> nx.Graph[str]:
    """The tables, joined by what speaks for each pair."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(clustering.tables)
    for first, row in enumerate(clustering.similarity.neighbours):
        for second, weight in sorted(row.items()):
            if second > first:
                graph.add_edge(clustering.tables[first], clustering.tables[second], weight=weight)
    return graph


def louvain(graph: nx.Graph[str], clusters: int | None = None) -> Partition:
    """Louvain communities, seeded; with the resolution whose number comes nearest where one is given."""
    if clusters is None:
        return _numbered(nx.community.louvain_communities(graph, seed=1))
    low, high = 0.05, 20.0
    best: list[set[str]] = []
    for _ in range(12):
        middle = (low * high) ** 0.5
        found = list(nx.community.louvain_communities(graph, resolution=middle, seed=1))
        if not best or abs(len(found) - clusters) < abs(len(best) - clusters):
            best = found
        low, high = (middle, high) if len(found) < clusters else (low, middle)
    return _numbered(best)


def label_propagation(graph: nx.Graph[str]) -> Partition:
    """Communities of asynchronous label propagation, seeded."""
    return _numbered(nx.community.asyn_lpa_communities(graph, "weight", seed=1))


def _numbered(communities: Iterable[Iterable[str]]) -> Mapping[str, int]:
    return {table: number for number, group in enumerate(communities) for table in group}
