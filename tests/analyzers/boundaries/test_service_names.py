"""What proposed services are called."""

from __future__ import annotations

from collections.abc import Sequence

from strangler.model.location import Location
from strangler.model.system import Module, SystemFacts
from strangler.model.tables import Table, TableOrigin
from strangler_analyzers.boundaries.service_names import service_names
from strangler_analyzers.graph.applications import Applications

PLACE = Location("m.py", 1)
USERS = ("users", "user_badges", "user_notes", "user_visits")
ORDERS = ("orders_order", "orders_line")


def names(*groups: Sequence[str]) -> tuple[str, ...]:
    """The names where the first table of a group is its medoid, of a shop with two apps."""
    apps = {**dict.fromkeys(USERS, "shop.users"), **dict.fromkeys(ORDERS, "shop.orders")}
    facts = SystemFacts(
        "shop",
        modules=tuple(Module(f"{app}.models", f"{app}.py", 1) for app in sorted(set(apps.values()))),
        tables=tuple(Table(name, TableOrigin.DJANGO, f"{app}.models:T", PLACE) for name, app in sorted(apps.items())),
    )
    return service_names(groups, [group[0] for group in groups], Applications(facts), {})


def test_a_service_is_called_like_the_app_most_of_its_tables_are_of() -> None:
    """Of two parts of an app the other is called like its medoid."""
    assert names(USERS, ORDERS) == ("users", "orders")
    assert names(USERS[1:3], USERS[3:], ORDERS) == ("users", "user_visits", "orders")


def test_the_table_called_like_an_app_keeps_its_name() -> None:
    """Whoever reads of users looks for the table of the users, though most tables of the app are elsewhere."""
    assert names(("users",), USERS[1:], ORDERS) == ("users", "user_badges", "orders")
    assert names(USERS[1:], ("users",), ORDERS) == ("user_badges", "users", "orders")
    assert names(("orders_line",), ("orders_order",), USERS) == ("orders_line", "orders", "users")
