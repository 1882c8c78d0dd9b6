"""The graph and its documentation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from strangler.model.identifiers import NodeKind
from strangler_analyzers.export.tables import EDGE_COLUMNS, NODE_COLUMNS
from strangler_analyzers.graph.elements import EdgeKind
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.networkx_answers import Attributes, GraphContent, content_of
from tests.analyzers.shop_facts import shop_facts, with_logs, without_places_to_enter

PAGE = Path(__file__).parents[3] / "docs" / "graph.md"


@pytest.fixture
def whole() -> GraphContent:
    """The shop as a networkx graph."""
    return content_of(SystemGraph(with_logs(shop_facts())).to_networkx())


def documented(section: str) -> dict[str, set[str]]:
    """The attributes a section of the page lists, by kind."""
    text = PAGE.read_text(encoding="utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: {"kind", *re.findall(r"`(\w+)`", row[2])} for row in rows if row[0] != "kind"}


def real(elements: Iterable[Attributes]) -> dict[str, set[str]]:
    """The attributes nodes or edges really have, by kind."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for attributes in elements:
        found[str(attributes["kind"])].update(attributes)
    return dict(found)


def test_node_attributes_are_documented(whole: GraphContent) -> None:
    """The page and the graph name the same kinds and attributes."""
    assert real(whole.nodes.values()) == documented("Nodes")
    assert set(documented("Nodes")) == set(NodeKind)


def test_edge_attributes_are_documented(whole: GraphContent) -> None:
    """The page and the graph name the same kinds and attributes."""
    assert real(whole.edges.values()) == documented("Edges")
    assert set(documented("Edges")) == set(EdgeKind)


def test_csv_has_a_column_for_every_attribute() -> None:
    """No attribute is lost in a table."""
    assert set(NODE_COLUMNS) == {"id"}.union(*documented("Nodes").values())
    assert set(EDGE_COLUMNS) == {"source", "target"}.union(*documented("Edges").values())


def test_edge_keys_are_unique_and_every_end_is_a_node(whole: GraphContent) -> None:
    """Files of other tools identify edges by their key, and need the nodes first."""
    keys = [key for _, _, key in whole.edges]
    assert len(set(keys)) == len(keys)
    assert all("kind" in whole.nodes[source] and "kind" in whole.nodes[target] for source, target, _ in whole.edges)


def test_values_are_scalars(whole: GraphContent) -> None:
    """Every file format can hold text, whole numbers and booleans."""
    for attributes in (*whole.nodes.values(), *whole.edges.values()):
        assert {type(value) for value in attributes.values()} <= {str, int, bool}


def test_the_tables_of_a_route_leave_its_middleware_out() -> None:
    """Unless one asks for it."""
    graph = SystemGraph(shop_facts())
    (route,) = graph.find_routes("POST /orders")
    assert "auth_user" not in graph.route_tables(route).reads
    assert "auth_user" in graph.route_tables(route, middleware=True).reads


def test_a_class_handler_is_entered_by_the_method_of_the_request() -> None:
    """Facts without entry functions still say what runs."""
    facts = without_places_to_enter(shop_facts())
    graph = SystemGraph(facts)
    assert graph.entry_functions(facts.routes[0]) == ("shop.orders.views:create",)
