"""The system as a networkx graph, for further work with that library."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx

from strangler.model.system import SystemFacts
from strangler_analyzers.graph.elements import Attribute, edges, nodes


def multidigraph(facts: SystemFacts, text: Callable[[str], str] = str) -> nx.MultiDiGraph[str]:
    """The graph of docs/graph.md: nodes keyed by id, edges keyed by a number that is unique in the graph.

    `text` is applied to every id and string, for formats that cannot hold every character. The graph takes about
    600 bytes an edge, so make it when needed and do not keep it.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(root=text(facts.root), frameworks=text(", ".join(facts.frameworks)))

    def clean(value: Attribute) -> Attribute:
        return text(value) if isinstance(value, str) else value

    for node in nodes(facts):
        attributes = {name: clean(value) for name, value in node.attributes.items()}
        graph.add_node(text(node.id), kind=node.kind.value, **attributes)
    for number, edge in enumerate(edges(facts)):
        attributes = {name: clean(value) for name, value in edge.attributes.items()}
        if edge.location is not None:
            attributes |= {"file": text(edge.location.file), "line": edge.location.line}
        graph.add_edge(text(edge.source), text(edge.target), key=number, kind=edge.kind.value, **attributes)
    return graph
