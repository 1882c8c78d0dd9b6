"""Which operation waits for which, against networkx."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.contracts.dependencies.call_graph import CallGraph, Request, first_of_each
from strangler.contracts.document import HEALTH_PATH, Document, Method, Operation, Resource, Used
from strangler.contracts.type_reference import NamedType
from strangler.model.location import Location
from tests.contracts.dependencies.shop_documents import CATALOG, changed, shop

_PLACE = Location("a.json5", 1)
_PRODUCT, _PRICE = (Request("shop.catalog.v0", f"GET /{name}/{{id}}") for name in ("products", "prices"))
_WRITE, _READ = Request("shop.orders.v0", "POST /orders"), Request("shop.orders.v0", "GET /orders/{id}")
_STOCK = Request("shop.stock.v0", "GET /stock/{id}")


def test_an_operation_waits_for_what_it_says_it_calls_and_else_for_all_its_document_uses() -> None:
    """Names of parameters do not count; the health check waits for nobody."""
    graph = CallGraph.of(shop())
    assert graph.callees[_WRITE] == graph.callees[_READ] == (_PRICE, _PRODUCT)
    assert (graph.callees[_PRODUCT], graph.callees[_PRICE]) == ((_STOCK,), ())
    assert graph.callees[Request("shop.orders.v0", f"GET {HEALTH_PATH}")] == ()
    assert graph.circles == ()
    assert [graph.depth(item) for item in (_WRITE, _PRODUCT, _PRICE, _STOCK)] == [2, 1, 0, 0]
    assert graph.chain(_WRITE) == (_WRITE, _PRODUCT, _STOCK)


def test_what_is_waited_for_is_summed_where_it_is_said_to_be_called() -> None:
    """A target is of the whole answer: what is below counts in it, and not once more."""
    graph = CallGraph.of(shop())
    assert (graph.wait(_WRITE), graph.wait(_READ), graph.wait(_PRODUCT)) == (80, 50, 20)
    text = changed(CATALOG, 'p99: "50ms"', "")
    assert CallGraph.of(shop(catalog=text)).wait(_WRITE) == 50


def test_what_nobody_declares_waits_for_nothing() -> None:
    """It is a request all the same: lint says that it is not there."""
    graph = CallGraph.of([shop().document("catalog")])
    unknown = Request("shop.stock.v0", "GET /stock/{number}")
    assert graph.chain(_PRODUCT) == (_PRODUCT, unknown)
    assert graph.wait(_PRODUCT) == 0
    assert unknown not in graph.operations


@st.composite
def _documents(draw: st.DrawFn) -> tuple[Document, ...]:
    """Documents a, b, c, ... with a few operations each, which call any of other documents, or do not say."""
    counts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    requests = [(f"s{index}", f"GET /{number}") for index, count in enumerate(counts) for number in range(count)]
    found: list[Document] = []
    for index, count in enumerate(counts):
        others = [item for item in requests if item[0] != f"s{index}"]
        picked = draw(st.lists(st.sampled_from(others), unique=True, max_size=4)) if others else []
        used = tuple(Used(namespace, name, _PLACE) for namespace, name in picked)
        operations = tuple(
            Operation(
                Method.GET,
                f"/{number}",
                _PLACE,
                calls=tuple(item for item in used if draw(st.booleans())) if draw(st.integers(0, 3)) else None,
                concurrent=draw(st.booleans()),
                p99=draw(st.none() | st.integers(1, 100)),
            )
            for number in range(count)
        )
        resource = Resource(NamedType("json"), _PLACE, operations)
        found.append(Document("a.json5", "a", f"s{index}", "0.1.0", _PLACE, resources=(resource,), calls=used))
    return tuple(found)


@settings(max_examples=60, deadline=None)
@given(_documents())
def test_circles_and_the_deepest_chain_are_those_of_networkx(documents: tuple[Document, ...]) -> None:
    """Whatever documents say: circles exactly, depths, a chain of that depth, a way around each circle."""
    graph = CallGraph.of(documents)
    oracle: nx.DiGraph[Request] = nx.DiGraph()
    oracle.add_nodes_from(graph.callees)
    oracle.add_edges_from((name, item) for name, below in graph.callees.items() for item in below)
    for document in documents:
        for one in document.operations:
            said = document.calls if one.calls is None else one.calls
            below = {(item.namespace, item.name) for item in said}
            request = Request(document.namespace, one.name)
            assert {(item.namespace, item.name) for item in oracle.successors(request)} == below
    circles = {frozenset(part) for part in nx.strongly_connected_components(oracle) if len(part) > 1}
    assert {frozenset(part) for part in graph.circles} == circles
    assert len({frozenset(pairwise((*way, way[0]))) for way in graph.ways}) == len(graph.ways)
    around = {item for way in graph.ways for item in way}
    assert all(item in around for part in graph.circles for item in first_of_each(part))
    back = oracle.reverse()
    endless = {name for part in circles for item in part for name in nx.dfs_preorder_nodes(back, item)}
    for name in graph.callees:
        way = graph.circle(name)
        assert bool(way) is any(name in part for part in circles)
        assert all(oracle.has_edge(*pair) for pair in pairwise((*way, name)))
        if name in endless:
            assert (graph.depth(name), graph.chain(name)) == (None, ())
            continue
        below = oracle.subgraph(nx.dfs_preorder_nodes(oracle, name))
        chain = graph.chain(name)
        assert graph.depth(name) == len(chain) - 1 == nx.dag_longest_path_length(below)
        assert chain[0] == name
        assert nx.is_path(oracle, list(chain)) or len(chain) == 1


@settings(max_examples=40, deadline=None)
@given(_documents())
def test_what_is_waited_for_is_what_each_call_promises(documents: tuple[Document, ...]) -> None:
    """By its definition, from the bottom up; more time to answer than all waits breaks no target."""
    graph = CallGraph.of(documents)
    circular = {item for part in graph.circles for item in part}
    for request, operation in graph.operations.items():
        if request in circular:
            continue
        times = [graph.promise(item) for item in graph.callees[request]]
        in_turn = operation.calls is not None and not operation.concurrent
        assert graph.wait(request) == (sum(times) if in_turn else max(times, default=0))
        assert graph.promise(request) == (graph.wait(request) if operation.p99 is None else operation.p99)
