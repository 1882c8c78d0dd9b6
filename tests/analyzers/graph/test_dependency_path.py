"""Why one thing depends on another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.location import Location
from strangler.model.system import Call, Class, Import, Module, SystemFacts
from strangler.model.tables import Table, TableOrigin
from strangler_analyzers.graph.dependency_path import DependencyPath, HopKind
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.networkx_answers import distance
from tests.analyzers.shop_facts import shop_facts

FUNCTIONS = st.integers(0, 7).map(lambda number: f"m:f{number}")


def path(source: str, target: str) -> DependencyPath | None:
    """The path between two names in the shop."""
    graph = SystemGraph(shop_facts())
    return graph.dependency_path(graph.find(source), graph.find(target))


def hops(source: str, target: str) -> list[str]:
    """Its hops in words, with their places."""
    found = path(source, target)
    assert found is not None
    return [f"{hop.kind.value} {hop.target.partition(':')[2]} {hop.location}" for hop in found.hops]


def test_a_route_depends_on_the_table_its_calls_write() -> None:
    """Every hop is a call with its place; the signal counts."""
    assert hops("POST /orders", "accounts_customer") == [
        "handled-by shop.orders.views:create shop/orders/views.py:3",
        "calls shop.orders.services:place_order shop/orders/views.py:24",
        "calls shop.orders.models:Order.save shop/orders/services.py:34",
        "calls shop.orders.loyalty:add_points shop/orders/models.py:55",
        "writes accounts_customer shop/orders/loyalty.py:9",
    ]


def test_a_package_stands_for_its_contents() -> None:
    """Containment at the ends is shown, but is no step."""
    found = path("shop.catalog", "shop.orders")
    assert found is not None
    assert [hop.kind for hop in found.hops] == [HopKind.CONTAINS, HopKind.IMPORTS, HopKind.PART_OF]
    assert found.length == 1


def test_a_class_stands_for_its_methods() -> None:
    """Saving an order adds points to the customer."""
    assert hops("class:shop.orders.models:Order", "accounts_customer")[-1].startswith("writes accounts_customer")


def test_tables_depend_through_foreign_keys() -> None:
    """From a table on, references lead on."""
    assert hops("catalog_stock", "catalog_product") == ["references catalog_product shop/catalog/models.py:32"]


def test_a_function_depends_on_what_its_module_imports_only_as_a_last_resort() -> None:
    """`add_points` calls nothing in accounts, but its module imports the models."""
    assert hops("add_points", "shop.accounts.models") == [
        "part-of shop.orders.loyalty shop/orders/loyalty.py:7",
        "imports shop.accounts.models shop/orders/loyalty.py:2",
    ]


def test_typing_only_imports_lead_nowhere() -> None:
    """They never run."""
    facts = SystemFacts(
        "m",
        modules=(Module("a", "a.py", 1), Module("b", "b.py", 1)),
        imports=(Import("a", "b", Location("a.py", 1), typing_only=True),),
    )
    assert SystemGraph(facts).dependency_path("module:a", "module:b") is None


def test_no_dependency_is_no_path() -> None:
    """A leaf depends on nothing."""
    assert path("shop.utils", "shop.orders.views") is None


def test_a_thing_and_itself_are_no_hop_apart() -> None:
    """The empty path."""
    found = path("create", "create")
    assert found is not None
    assert found.hops == ()


def test_a_package_and_a_module_in_it() -> None:
    """The rest of the package depends on the module; the module on the rest of the package."""
    assert hops("shop.orders", "shop.orders.services") == [
        "contains shop.orders.views shop/orders/views.py:1",
        "imports shop.orders.services shop/orders/views.py:4",
    ]
    assert hops("shop.orders.services", "shop.orders") == [
        "imports shop.orders.models shop/orders/services.py:5",
        "part-of shop.orders shop/orders/models.py:1",
    ]


@pytest.mark.parametrize("target", ["table:b", "class:m:B"])
def test_the_model_leads_to_its_table(target: str) -> None:
    """A class depends on the table it maps and on its base."""
    here = Location("m.py", 1)
    facts = SystemFacts(
        "m",
        classes=(Class("m:A", here, ("m:B",)), Class("m:B", here)),
        tables=(Table("b", TableOrigin.DJANGO, "m:B", here),),
    )
    found = SystemGraph(facts).dependency_path("class:m:A", target)
    assert found is not None
    assert found.hops[-1].target == target


@given(st.sets(st.tuples(FUNCTIONS, FUNCTIONS), min_size=1), FUNCTIONS, FUNCTIONS)
def test_is_a_shortest_path(pairs: set[tuple[str, str]], start: str, goal: str) -> None:
    """As long as networkx says, and made of real calls."""
    here = Location("m.py", 1)
    facts = SystemFacts("m", calls=tuple(Call(caller, here, 0, callee) for caller, callee in sorted(pairs)))
    found = SystemGraph(facts).dependency_path(f"function:{start}", f"function:{goal}")
    expected = distance(sorted(pairs), start, goal)
    assert (None if found is None else found.length) == expected
    if found is not None:
        assert {(hop.source[9:], hop.target[9:]) for hop in found.hops} <= pairs
