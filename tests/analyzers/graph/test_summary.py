"""The summary of a system."""

from __future__ import annotations

from dataclasses import replace

from strangler.model.system import SystemFacts
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts


def test_tells_the_five_things_to_know_first() -> None:
    """Each is a sentence with a place to look at."""
    findings = summarise(SystemGraph(shop_facts())).findings
    assert [f"{finding.text} {finding.location}" for finding in findings] == [
        (
            "One transaction in shop.orders.services:place_order writes 3 tables of 3 apps "
            "(shop.accounts, shop.catalog, shop.orders). shop/orders/services.py:30"
        ),
        "The table orders_order is written from 2 apps (shop.orders, shop.payments). shop/orders/models.py:52",
        (
            "shop.payments.client:charge uses http while the transaction of shop/orders/services.py:30 is open. "
            "shop/payments/client.py:17"
        ),
        "2 modules import each other in a ring; 1 import would have to go to break it. shop/catalog/models.py:40",
        "GET /orders reads 1 table and writes 3, more than any other route. shop/orders/views.py:3",
    ]


def test_counts_code_tests_and_migrations_apart() -> None:
    """The size of the application is not that of its tests."""
    summary = summarise(SystemGraph(shop_facts()))
    size = summary.size
    assert (size.modules, size.test_modules, size.migration_modules, size.lines) == (12, 1, 1, 675)
    assert (summary.routes, summary.tables, summary.foreign_tables) == (4, 6, 1)
    assert (summary.entry_points, summary.outside) == ({"command": 1, "task": 1}, {"http": 1, "mail": 1})


def test_counts_each_table_once_and_none_that_only_tests_name() -> None:
    """A statement of the application, or a key, may name a table that nobody declares."""
    facts = shop_facts()
    access = next(item for item in facts.accesses if item.table == "catalog_stock")
    named = replace(access, table="legacy_stock")
    by_test = replace(access, table="only_tested", function="tests.orders:test_place")
    graph = SystemGraph(replace(facts, accesses=(*facts.accesses, named, by_test)))
    summary = summarise(graph)
    assert (summary.tables, summary.foreign_tables, summary.undeclared_tables) == (6, 1, 1)
    assert len(list(graph.table_names)) == 8
    assert "only_tested" not in list(graph.table_names)


def test_an_empty_system_has_nothing_to_tell() -> None:
    """No finding, no error."""
    assert summarise(SystemGraph(SystemFacts("empty"))).findings == ()
