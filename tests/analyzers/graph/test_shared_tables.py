"""Tables with several writing apps."""

from __future__ import annotations

from dataclasses import replace

from strangler.model.location import Location
from strangler.model.system import AccessMode, Confidence, TableAccess
from strangler_analyzers.graph.applications import Applications
from strangler_analyzers.graph.shared_tables import shared_tables
from tests.analyzers.shop_facts import shop_facts


def test_names_the_owner_and_every_writer() -> None:
    """Orders belong to one app, payments write them as well."""
    facts = shop_facts()
    (shared,) = shared_tables(facts, Applications(facts))
    assert (shared.table, shared.owner) == ("orders_order", "shop.orders")
    places = {writer.app: [str(write.location) for write in writer.writes] for writer in shared.writers}
    assert places == {"shop.orders": ["shop/orders/models.py:52"], "shop.payments": ["shop/payments/client.py:20"]}


def test_tests_do_not_share() -> None:
    """A test that writes a table of another app is no writer."""
    facts = shop_facts()
    write = TableAccess(
        "shop.tests.test_orders:test", Location("t.py", 1), 0, "catalog_stock", AccessMode.WRITE, "create"
    )
    facts = replace(facts, accesses=(*facts.accesses, write))
    assert [shared.table for shared in shared_tables(facts, Applications(facts))] == ["orders_order"]


def test_possible_writes_do_not_share() -> None:
    """The `save` of a common base class would write every table."""
    facts = shop_facts()
    write = TableAccess(
        "shop.utils:save",
        Location("shop/utils.py", 9),
        0,
        "catalog_stock",
        AccessMode.WRITE,
        "save",
        Confidence.POSSIBLE,
    )
    facts = replace(facts, accesses=(*facts.accesses, write))
    assert [shared.table for shared in shared_tables(facts, Applications(facts))] == ["orders_order"]
