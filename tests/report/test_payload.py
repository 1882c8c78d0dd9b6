"""What the report page is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from strangler.model.system import SystemFacts
from strangler.report.payload import Json, payload
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts


def shop_payload(facts: SystemFacts | None = None) -> Mapping[str, Json]:
    """The payload of the shop, or of other facts."""
    graph = SystemGraph(facts or shop_facts())
    return payload(graph, summarise(graph))


def rows(value: Json) -> Sequence[Sequence[Json]]:
    """A list of rows."""
    assert isinstance(value, Sequence)
    found: list[Sequence[Json]] = []
    for row in value:
        assert isinstance(row, Sequence)
        found.append(row)
    return found


def test_functions_are_those_that_routes_jobs_and_accesses_lead_to() -> None:
    """Code nothing leads to costs nothing."""
    facts = shop_facts()
    unused = replace(facts.functions[-1], name="shop.utils:unused")
    names = [row[0] for row in rows(shop_payload(replace(facts, functions=(*facts.functions, unused)))["functions"])]
    assert "shop.payments.client:retry" in names
    assert "shop.utils:unused" not in names
    assert len(set(names)) == len(names)


def test_statements_are_in_source_order_without_trailing_zeros() -> None:
    """A call: what, line, callee, operation, kind, confidence, loop, transaction."""
    whole = shop_payload()
    functions = {str(row[0]): row for row in rows(whole["functions"])}
    numbers = {name: number for number, name in enumerate(functions)}
    statements = rows(functions["shop.orders.services:place_order"][4])
    strings = whole["strings"]
    assert isinstance(strings, Sequence)
    begin = list(strings).index("shop/orders/services.py:30")
    assert statements[0] == ["c", 31, numbers["shop.catalog.stock:reserve"], 0, 0, 0, 1, begin]
    assert statements[-1] == ["c", 40, numbers["shop.notifications.tasks:send_receipt"], 0, 4]


def test_an_empty_system_has_a_payload() -> None:
    """No module, no route, no error."""
    assert shop_payload(SystemFacts("empty"))["routes"] == []
