"""The system as a networkx graph, for whoever wants to go on with that library."""

from __future__ import annotations

import networkx as nx

from strangler.model.system import SystemFacts
from strangler_analyzers.graph_elements import Attribute, edges, nodes


def multidigraph(facts: SystemFacts) -> nx.MultiDiGraph[str]:
    """The graph of docs/graph.md: nodes keyed by id, edges keyed by a number that is unique in the graph.

    Takes about 600 bytes an edge: make it when it is needed and let it go.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(frameworks=", ".join(facts.frameworks))
    for node in nodes(facts):
        graph.add_node(node.id, kind=node.kind.value, **node.attributes)
    for number, edge in enumerate(edges(facts)):
        if edge.target not in graph:
            graph.add_node(edge.target, kind=edge.target.partition(":")[0])
        attributes: dict[str, Attribute] = {"kind": edge.kind.value}
        if edge.location is not None:
            attributes |= {"file": edge.location.file, "line": edge.location.line}
        graph.add_edge(edge.source, edge.target, key=number, **attributes, **edge.attributes)
    return graph
