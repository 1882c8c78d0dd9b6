"""From a typed name to a node."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strangler.model.location import Location
from strangler.model.system import ExternalKind, OutsideUse
from strangler_analyzers.graph.errors import AmbiguousNameError, UnknownNameError
from strangler_analyzers.graph.name_lookup import NameLookup
from tests.analyzers.shop_facts import shop_facts


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        ("function:shop.orders.views:create", "function:shop.orders.views:create"),
        ("shop.orders.views:create", "function:shop.orders.views:create"),
        ("shop.orders.views.create", "function:shop.orders.views:create"),
        ("views:create", "function:shop.orders.views:create"),
        ("create", "function:shop.orders.views:create"),
        ("Order.save", "function:shop.orders.models:Order.save"),
        ("Order", "class:shop.orders.models:Order"),
        ("orders_order", "table:orders_order"),
        ("shop.orders.views", "module:shop.orders.views"),
        ("shop.orders", "module:shop.orders"),
        ("POST /orders", "route:POST /orders"),
        ("http:api.pay.example", "external:http:api.pay.example"),
        ("api.pay.example", "external:http:api.pay.example"),
        ("command:expire_stock", "entry:command:expire_stock"),
        ("expire_stock", "entry:command:expire_stock"),
    ],
)
def test_finds(text: str, identifier: str) -> None:
    """Ids, full names and the ends of names find their node, packages included."""
    assert NameLookup(shop_facts()).find(text) == identifier


def test_an_ambiguous_name_lists_what_it_can_mean() -> None:
    """Nothing is guessed."""
    with pytest.raises(AmbiguousNameError) as caught:
        NameLookup(shop_facts()).find("models")
    assert caught.value.candidates == (
        "module:shop.accounts.models",
        "module:shop.catalog.models",
        "module:shop.orders.models",
    )
    assert str(caught.value).startswith("'models' can mean 3 things; say which: module:shop.accounts.models, ")


def test_an_unknown_name_proposes_similar_ones() -> None:
    """A slip of the finger is answered with what was meant."""
    with pytest.raises(UnknownNameError) as caught:
        NameLookup(shop_facts()).find("orders_ordr")
    expected = "nothing in the graph is called 'orders_ordr'; did you mean `table:orders_order`?"
    assert str(caught.value) == expected


def test_a_name_like_nothing_has_no_proposal() -> None:
    """No proposal is better than a wrong one."""
    with pytest.raises(UnknownNameError) as caught:
        NameLookup(shop_facts()).find("zzzzzzzz")
    assert caught.value.suggestions == ()


def test_nothing_has_no_name() -> None:
    """Not even what is outside and unknown, as a file that is opened under a computed name."""
    unnamed = OutsideUse("shop.utils:paginate", Location("shop/utils.py", 9), 0, ExternalKind.FILE, "", "open")
    facts = shop_facts()
    with pytest.raises(UnknownNameError):
        NameLookup(replace(facts, outside=(*facts.outside, unnamed))).find(" ")
