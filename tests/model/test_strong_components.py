"""Strongly connected components."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.strong_components import strong_components


@given(st.lists(st.lists(st.integers(0, 9), max_size=4), min_size=10, max_size=10))
def test_agrees_with_networkx(successors: list[list[int]]) -> None:
    """The same components as networkx finds, each after those it leads to."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(10))
    graph.add_edges_from((node, other) for node, others in enumerate(successors) for other in others)
    components = strong_components(successors)
    expected = {frozenset(component) for component in nx.strongly_connected_components(graph)}
    assert {frozenset(component) for component in components} == expected
    place = {node: number for number, component in enumerate(components) for node in component}
    assert all(place[other] <= place[node] for node, others in enumerate(successors) for other in others)


def test_a_long_chain_needs_no_recursion() -> None:
    """Deep call graphs do not run into the interpreter's recursion limit."""
    length = 50_000
    assert len(strong_components([[node + 1] for node in range(length)] + [[]])) == length + 1
