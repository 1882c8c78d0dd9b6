"""What runs inside transactions."""

from __future__ import annotations

from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.graph.transactions import transaction_spans, waiting_uses
from tests.analyzers.shop_facts import shop_facts


def test_a_transaction_ties_the_tables_of_everything_it_calls() -> None:
    """Placing an order writes tables of three apps at once; the queued mail is not part of it."""
    first = transaction_spans(SystemGraph(shop_facts()))[0]
    assert (str(first.begin), first.function) == ("shop/orders/services.py:30", "shop.orders.services:place_order")
    assert first.writes == ("accounts_customer", "catalog_stock", "orders_order")
    assert first.apps == ("shop.accounts", "shop.catalog", "shop.orders")


def test_outside_uses_keep_transactions_waiting() -> None:
    """The payment does, the mail of the task does not."""
    (waiting,) = waiting_uses(SystemGraph(shop_facts()))
    assert (waiting.use.name, str(waiting.begin)) == ("api.pay.example", "shop/orders/services.py:30")
