"""Ids have one shape everywhere."""

from __future__ import annotations

import pytest

from strangler.model.identifiers import (
    NodeKind,
    class_id,
    entry_id,
    external_id,
    function_id,
    kind_of,
    module_id,
    name_of,
    route_id,
    table_id,
)


@pytest.mark.parametrize(
    ("identifier", "kind", "name"),
    [
        (module_id("shop.orders"), NodeKind.MODULE, "shop.orders"),
        (class_id("shop.orders.models:Order"), NodeKind.CLASS, "shop.orders.models:Order"),
        (function_id("shop.orders.views:create"), NodeKind.FUNCTION, "shop.orders.views:create"),
        (route_id("GET", "/orders/{id}"), NodeKind.ROUTE, "GET /orders/{id}"),
        (table_id("orders_order"), NodeKind.TABLE, "orders_order"),
        (external_id("package", "httpx"), NodeKind.EXTERNAL, "package:httpx"),
        (entry_id("command", "expire_carts"), NodeKind.ENTRY, "command:expire_carts"),
    ],
)
def test_an_id_gives_back_its_kind_and_name(identifier: str, kind: NodeKind, name: str) -> None:
    """Kind and name survive the round trip."""
    assert (kind_of(identifier), name_of(identifier)) == (kind, name)


def test_what_is_no_id_is_refused() -> None:
    """Anything without a known kind is a ValueError."""
    with pytest.raises(ValueError, match="orders"):
        kind_of("orders:x")
