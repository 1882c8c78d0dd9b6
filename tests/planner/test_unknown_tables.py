"""Tables that strangler.toml declares and the map does not have."""

from __future__ import annotations

import pytest

from strangler.planner.unknown_tables import told_of_unknown
from strangler.project import Service

_KNOWN = {"orders_order", "repute", "shop_vote"}


@pytest.mark.parametrize(
    ("tables", "told"),
    [
        (("orders_order",), []),
        (("orders_orders",), ["orders_orders of [services.a] is no table of the map; did you mean orders_order?"]),
        (("orders_order", "orders_orders"), ["orders_orders of [services.a] is no table of the map"]),
        (("x", "yy"), ["none of the tables of [services.a] is on the map: retired, or called otherwise"]),
    ],
    ids=["known", "misspelled", "twice", "none"],
)
def test_what_is_not_on_the_map_is_told_with_what_may_be_meant(tables: tuple[str, ...], told: list[str]) -> None:
    """A name that the service declares already is not meant; of what is all gone only that is told."""
    assert [*told_of_unknown([Service("a", tables=tables)], _KNOWN)] == told
