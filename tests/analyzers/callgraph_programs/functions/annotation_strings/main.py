from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models import Order


def total(order: Order) -> int:
    return order.total()


def first(orders: "list[Order]") -> "Order":
    return orders[0]


from models import make

total(make())
first([make()]).total()
