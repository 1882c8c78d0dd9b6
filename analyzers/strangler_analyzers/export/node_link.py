"""Node-link JSON: what `networkx.node_link_graph(data, edges="edges")` and most drawing libraries read."""

from __future__ import annotations

import msgspec

from strangler_analyzers.graph.elements import Attribute, edges, nodes
from strangler_analyzers.graph.system_graph import SystemGraph

SCHEMA = "strangler.nodes-and-edges"
VERSION = 1


def node_link_json(graph: SystemGraph) -> bytes:
    """One JSON object with ``schema``, ``version``, ``nodes`` and ``edges``; a node or edge a line.

    The attributes are those of docs/graph.md.
    """
    facts = graph.facts
    head = msgspec.json.encode(
        {
            "schema": SCHEMA,
            "version": VERSION,
            "directed": True,
            "multigraph": True,
            "graph": {"root": facts.root, "frameworks": ", ".join(facts.frameworks)},
        }
    )
    node_lines = [msgspec.json.encode({"id": node.id, "kind": node.kind, **node.attributes}) for node in nodes(facts)]
    edge_lines: list[bytes] = []
    for key, edge in enumerate(edges(facts)):
        record: dict[str, Attribute] = {"source": edge.source, "target": edge.target, "key": key, "kind": edge.kind}
        if edge.location is not None:
            record |= {"file": edge.location.file, "line": edge.location.line}
        edge_lines.append(msgspec.json.encode({**record, **edge.attributes}))
    parts = [
        head[:-1],
        b',"nodes":[\n',
        b",\n".join(node_lines),
        b'\n],"edges":[\n',
        b",\n".join(edge_lines),
        b"\n]}\n",
    ]
    return b"".join(parts)
