"""Proposed services, on the sample monolith: what they own, and that every crossing is true."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from strangler.model.errors import UsageError
from strangler.model.evidence import AccessTraffic, RouteTraffic
from strangler.model.location import Location
from strangler.model.tables import ForeignKey, Table, TableOrigin
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.boundaries.crossings import Crossing, CrossingKind
from strangler_analyzers.boundaries.extraction_order import Candidate, Tie, extraction_order
from strangler_analyzers.boundaries.outwards import outwards
from strangler_analyzers.boundaries.suggestion import Suggestion, study, suggest
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.sample_monolith import ROOT, sample_facts

_SIGNAL_SENDERS = (".save(", ".create(", ".delete(", ".send(", "get_or_create(")
"""What makes Django call a receiver that the line does not name."""
_SEVERAL_LINES = 6


@cache
def suggestion(services: int | None = None) -> Suggestion:
    """Services of the shop."""
    return suggest(study(SystemGraph(sample_facts())), services)


def test_services_follow_the_features_of_the_shop() -> None:
    """Each of the eleven apps with tables is one, though nobody says how many there are."""
    found = {service.name: service for service in suggestion().services}
    assert sorted(found) == [
        "api",
        "cart",
        "catalog",
        "customers",
        "inventory",
        "notifications",
        "orders",
        "payments",
        "reports",
        "reviews",
        "shipping",
    ]
    assert found["reviews"].tables == ("reviews_review", "reviews_vote")
    assert suggestion().unplaced == ("schema_migration",)
    assert "shop.reviews.services" in found["reviews"].modules
    assert "POST /api/products/{product_id}/reviews" in found["reviews"].routes
    assert "command purge_reviews" in found["reviews"].entry_points


def test_every_table_is_in_one_service() -> None:
    """At every granularity."""
    for count in (None, 3, 20):
        tables = [table for service in suggestion(count).services for table in service.tables]
        assert sorted(tables) == sorted(set(tables))
        assert set(tables) >= {"reviews_review", "orders_order"}


def test_names_are_the_same_at_other_granularities() -> None:
    """A service that does not change keeps its name."""
    names = {frozenset(service.tables): service.name for service in suggestion(9).services}
    for count in (7, 12):
        for service in suggestion(count).services:
            assert names.get(frozenset(service.tables), service.name) == service.name


def test_code_that_every_app_uses_is_shared() -> None:
    """The base classes of all models, and what renders every page."""
    assert {"shop.basemodels", "shop.decorators", "shop.context_processors"} <= set(suggestion().kernel.modules)


def test_every_term_is_better_than_chance() -> None:
    """The cut costs less than a random one of the same sizes; a cycle more or less cannot be told apart."""
    for term in suggestion().cut:
        assert term.count <= term.expected or term.name == "cycles"


def test_margins_name_the_other_service_and_why() -> None:
    """Least sure first."""
    margins = suggestion().margins
    assert [item.margin for item in margins] == sorted(item.margin for item in margins)
    assert margins[0].other is not None
    assert margins[0].other.signals


def test_labels_name_services_and_hold_tables() -> None:
    """What a team says wins over what the code says."""
    constraints = Constraints({"shipping_shipment": "delivery", "orders_order": "orders"})
    found = suggest(study(SystemGraph(sample_facts()), constraints), 9)
    by_table = {table: service.name for service in found.services for table in service.tables}
    assert by_table["shipping_shipment"] == "delivery"
    assert by_table["orders_order"] == "orders"


def test_a_shared_table_belongs_to_no_service() -> None:
    """It is part of the kernel by decree."""
    found = suggest(study(SystemGraph(sample_facts()), Constraints(shared=("customers_customer",))))
    assert "customers_customer" not in {table for service in found.services for table in service.tables}
    assert "customers_customer" in {item.table for item in found.kernel.tables}


@cache
def order() -> tuple[Candidate, ...]:
    """What could leave the shop, and in what order."""
    return extraction_order(study(SystemGraph(sample_facts())))


def test_reviews_are_first_and_payments_are_not() -> None:
    """Few ties for what leaves, and nothing vital; money is not begun with."""
    assert order()[0].name == "reviews"
    assert order()[0].vital == ()
    vital = {item.name: item.vital for item in order() if item.vital}
    assert "money: payments_payment, payments_paymentlog, payments_refund" in vital["payments"]
    assert any("place_order" in reason for reason in vital["orders"])


def test_a_link_to_invoices_is_no_money() -> None:
    """A table between two is judged by the one it belongs to, not by the name of a field."""
    facts = sample_facts()
    keys = tuple(
        ForeignKey(f"{target}_id", target, "id", Location("shop/reviews/models.py", 1))
        for target in ("reviews_review", "orders_order")
    )
    link = Table("reviews_review_attached_invoices", TableOrigin.DJANGO, None, None, (), keys)
    found = extraction_order(study(SystemGraph(replace(facts, tables=(*facts.tables, link)))))
    assert found[0].name == "reviews"
    assert link.name in found[0].tables
    assert found[0].vital == ()


def test_a_part_that_most_requests_touch_is_a_hub() -> None:
    """Few of its routes, but the busy ones, as access logs count them."""
    facts = sample_facts()
    busy = next(route for route in facts.routes if route.path == "/api/me/reviews")
    traffic = AccessTraffic(1000, 0, (RouteTraffic(busy.path, busy.method, 1000, 0, 0),), ())
    found = extraction_order(study(SystemGraph(replace(facts, access_traffic=traffic))))
    reviews = next(item for item in found if item.name == "reviews")
    assert reviews.vital == ("a hub: 1,000 of 1,000 requests in the access logs touch it",)


def test_a_tie_is_told_by_how_many_there_are() -> None:
    """One has no s, and what can only be one has no number."""
    assert Tie.KEY_IN.told(1) == "1 foreign key that refers to it"
    assert Tie.KEY_IN.told(2) == "2 foreign keys that refer to it"
    assert Tie.NO_TEST.told(1) == "no test calls its code"


def test_receivers_of_one_signal_are_told_apart() -> None:
    """By their functions; nothing is listed twice."""
    for service in suggestion().services:
        assert len(service.entry_points) == len(set(service.entry_points))
    api = next(service for service in suggestion().services if service.name == "api")
    assert "signal django.db.models.signals.post_save (shop.api.receivers:token_changed)" in api.entry_points


def test_what_is_vital_stands_behind_everything_else() -> None:
    """However cheap it is."""
    vital = [bool(item.vital) for item in order()]
    assert vital == sorted(vital)


def test_parts_of_the_order_do_not_overlap() -> None:
    """Of two that share a table the cheaper one is kept."""
    tables = [table for item in order() for table in item.tables]
    assert len(tables) == len(set(tables))


def test_a_service_grows_from_one_table() -> None:
    """The tables it takes along, then the service, then what the rest would ask it."""
    found = outwards(study(SystemGraph(sample_facts())), "reviews_vote")
    assert [step.table for step in found.steps] == ["reviews_review"]
    assert found.service.name == "reviews"
    assert "shop.customers.services:anonymize" in {item.function for item in found.api}


def test_a_table_nobody_has_is_told() -> None:
    """With a way to find those there are."""
    with pytest.raises(UsageError, match="there is no table nothing"):
        outwards(study(SystemGraph(sample_facts())), "nothing")


@pytest.mark.parametrize("kind", CrossingKind)
@pytest.mark.parametrize("first", [False, True], ids=["suggest", "first"])
def test_every_crossing_is_true(kind: CrossingKind, first: bool) -> None:
    """The code at each place says what the crossing says, read here without the analysis."""
    listed = order()[0].crossings if first else suggestion().crossings
    found = [item for item in listed if item.kind is kind]
    assert found
    assert [f"{item.location} {item.subject}" for item in found if not _shows(item)] == []
    for item in found:
        assert item.source not in item.targets
        assert item.remedy


def _shows(item: Crossing) -> bool:
    """Whether the lines at the place of a crossing contain what it is about."""
    source = (ROOT / item.location.file).read_text()
    lines = source.splitlines()[item.location.line - 1 :]
    text = "\n".join(lines[:_SEVERAL_LINES])
    rendered = "render" in text
    match item.kind:
        case CrossingKind.KEY:
            return any(field in text for field in ("ForeignKey", "OneToOneField", "ManyToManyField"))
        case CrossingKind.TRANSACTION:
            return "atomic" in text
        case CrossingKind.WRITE | CrossingKind.READ if item.subject.startswith("raw "):
            return item.tables[0] in source
        case CrossingKind.WRITE | CrossingKind.READ:
            cascade = item.subject == "cascade" and "delete" in text
            loop = item.subject == "iterate" and (" in " in text or "for " in text)
            return item.subject in text or cascade or loop or rendered
        case CrossingKind.CALL | CrossingKind.CODE:
            outer = item.subject.partition(":")[2].partition(".<locals>")[0]  # Of a wrapper, its decorator.
            name = outer.rpartition(".")[2]
            around = "\n".join(source.splitlines()[max(0, item.location.line - 3) : item.location.line])  # Decorators.
            called = name in text or name in around or name.startswith(("__", "<")) or "lambda" in item.subject
            return called or rendered or any(sender in text for sender in _SIGNAL_SENDERS)
        case _:
            return bool(text.strip())
