# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What networkx says, with types: its stubs leave much open."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx as nx

Attributes = Mapping[str, object]


@dataclass(frozen=True)
class GraphContent:
    """Nodes by id; edges by source, target and key."""

    nodes: Mapping[str, Attributes]
    edges: Mapping[tuple[str, str, int], Attributes]


def content_of(graph: nx.MultiDiGraph[str]) -> GraphContent:
    """The nodes and edges of a graph."""
    nodes = {str(node): dict(attributes) for node, attributes in graph.nodes(data=True)}
    edges = {
        (str(source), str(target), int(key)): dict(attributes)
        for source, target, key, attributes in graph.edges(keys=True, data=True)
    }
    return GraphContent(nodes, edges)


def read_graphml(content: bytes) -> GraphContent:
    """What networkx finds in a GraphML document."""
    return content_of(nx.read_graphml(io.BytesIO(content), force_multigraph=True, edge_key_type=int))


def read_node_link(content: bytes) -> GraphContent:
    """What networkx finds in a node-link document."""
    return content_of(nx.node_link_graph(json.loads(content), edges="edges"))


def distance(pairs: Iterable[tuple[str, str]], start: str, goal: str) -> int | None:
    """The number of edges on a shortest path, None if there is no path."""
    graph: nx.DiGraph[str] = nx.DiGraph(pairs)
    graph.add_nodes_from([start, goal])
    return len(nx.shortest_path(graph, start, goal)) - 1 if nx.has_path(graph, start, goal) else None
