"""GraphML: for yEd, Gephi, Cytoscape and networkx."""

from __future__ import annotations

import re

from networkx.readwrite.graphml import (
    generate_graphml,  # pyright: ignore[reportUnknownVariableType] - the stub leaves one parameter open
)

from strangler_analyzers.graph.multidigraph import multidigraph
from strangler_analyzers.graph.system_graph import SystemGraph

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def graphml(graph: SystemGraph) -> bytes:
    """The whole graph with the attributes of docs/graph.md; `networkx.read_graphml` gives it back.

    Characters that XML cannot represent, as in the regular expression of a route, become U+FFFD.
    """
    whole = multidigraph(graph.facts, lambda text: _NOT_XML.sub("\ufffd", text))
    lines = generate_graphml(whole, named_key_ids=True)
    declaration = '<?xml version="1.0" encoding="utf-8"?>'
    return "\n".join([declaration, *lines, ""]).encode()
