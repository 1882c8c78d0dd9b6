"""Import cycles."""

from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.location import Location
from strangler.model.system import Import, SystemFacts
from strangler_analyzers.graph.cycles import import_cycles
from tests.analyzers.shop_facts import shop_facts

MODULES = st.integers(0, 6).map(lambda number: f"m{number}")


def test_a_ring_held_by_deferred_imports_is_told_apart() -> None:
    """Nothing fails on start, but the ring is there; the deferred import is the cheaper one to undo."""
    deferred, eager = import_cycles(shop_facts())
    assert deferred.modules == ("shop.catalog.models", "shop.orders.models")
    assert deferred.broken_by_deferring
    assert [(item.importer, str(item.location)) for item in deferred.cheapest] == [
        ("shop.catalog.models", "shop/catalog/models.py:40")
    ]
    assert eager.modules == ("shop.orders.services", "shop.payments.client")
    assert not eager.broken_by_deferring


def test_the_least_used_import_is_the_cheapest() -> None:
    """Calls between two modules weigh as much as imports."""
    eager = import_cycles(shop_facts())[1]
    assert [(item.importer, item.imported, item.uses) for item in eager.cheapest] == [
        ("shop.payments.client", "shop.orders.services", 1)
    ]


def test_typing_only_imports_make_no_ring() -> None:
    """They never run."""
    here = Location("a.py", 1)
    facts = SystemFacts("m", imports=(Import("a", "b", here), Import("b", "a", here, typing_only=True)))
    assert import_cycles(facts) == ()


@given(st.sets(st.tuples(MODULES, MODULES)))
def test_undoing_the_cheapest_imports_leaves_no_ring(pairs: set[tuple[str, str]]) -> None:
    """The hint is enough, and every example is a ring of real imports."""
    here = Location("m.py", 1)
    facts = SystemFacts("m", imports=tuple(Import(*pair, here) for pair in sorted(pairs)))
    cycles = import_cycles(facts)
    removed = {(item.importer, item.imported) for cycle in cycles for item in cycle.cheapest}
    rest: nx.DiGraph[str] = nx.DiGraph(pair for pair in pairs if pair[0] != pair[1] and pair not in removed)
    assert nx.is_directed_acyclic_graph(rest)
    for cycle in cycles:
        assert cycle.example[0] == cycle.example[-1] == cycle.modules[0]
        assert set(zip(cycle.example, cycle.example[1:], strict=False)) <= pairs
