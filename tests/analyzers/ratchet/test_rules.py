"""Each rule of the ratchet, on a shop with two services that break them all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from strangler.project import Service, Targets
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.ratchet.findings import RULES, Finding, Rule
from strangler_analyzers.ratchet.rules import breaches
from tests.analyzers.source_tree import facts_of

_MODEL = "from django.db import models\n"
_FILES = {
    "shop/settings.py": 'INSTALLED_APPS = ["shop.orders", "shop.reviews", "shop.stock"]\nROOT_URLCONF = "shop.urls"\n',
    "shop/base.py": _MODEL
    + """
class Hidden(models.Model):
    hidden = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def hide(self):
        self.hidden = True
        self.save()
""",
    "shop/reviews/models.py": "from shop.base import Hidden\n"
    + _MODEL
    + "class Review(Hidden):\n    text = models.TextField()\n",
    "shop/orders/models.py": _MODEL
    + 'class Order(models.Model):\n    review = models.ForeignKey("reviews.Review", on_delete=models.CASCADE)\n',
    "shop/stock/models.py": _MODEL + "class Stock(models.Model):\n    left = models.IntegerField()\n",
    "shop/orders/services.py": """
        from django.db import connection, transaction

        from shop.orders.models import Order
        from shop.reviews.models import Review
        from shop.reviews.services import stars


        def place(request):
            with transaction.atomic():
                Order.objects.create()
                Review.objects.create(text="")
            return stars()


        def hide_all(request):
            for review in Review.objects.filter(text=""):
                review.hide()


        def joined():
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM orders_order o JOIN reviews_review r ON r.id = o.review_id")
""",
    "shop/reviews/services.py": """
        from shop.orders.models import Order


        def stars():
            return Order.objects.count()
""",
    "shop/urls.py": """
        from django.urls import path

        from shop.orders.services import hide_all, place

        urlpatterns = [path("orders", place), path("hide", hide_all)]
""",
}
_SERVICES = {
    "orders": Service("orders", ("shop.orders",), ("orders_order",)),
    "reviews": Service("reviews", ("shop.reviews",), ("reviews_review",)),
}


@cache
def _graph() -> SystemGraph:
    with TemporaryDirectory() as folder:
        return SystemGraph(facts_of(Path(folder), _FILES))


def _found(targets: Targets | None = None, constraints: Constraints | None = None) -> Sequence[Finding]:
    return breaches(_graph(), _SERVICES, targets or Targets(), constraints or Constraints())


@pytest.mark.parametrize(
    ("rule", "subjects"),
    [
        (Rule.TRANSACTION, {"shop.orders.services:place -> orders, reviews"}),
        (Rule.SEVERAL_WRITERS, {"orders -> reviews_review", "monolith -> reviews_review"}),
        (Rule.FOREIGN_JOIN, {"shop.orders.services:joined -> reviews_review"}),
        (Rule.FOREIGN_KEY, {"orders_order.review_id -> reviews_review"}),
    ],
)
def test_each_breach_is_found_once(rule: Rule, subjects: set[str]) -> None:
    """By a subject that says who does what to whom."""
    found = [item.subject for item in _found() if item.rule is rule]
    assert set(found) == subjects
    assert len(found) == len(subjects)


def test_reads_and_writes_are_told_by_function() -> None:
    """Also what a function makes a helper of a base class do to the table it belongs to."""
    writes = {item.subject for item in _found() if item.rule is Rule.FOREIGN_WRITE}
    assert {"shop.orders.services:place -> reviews_review", "shop.orders.services:hide_all -> reviews_review"} <= writes
    reads = {item.subject for item in _found() if item.rule is Rule.FOREIGN_READ}
    assert {"shop.orders.services:hide_all -> reviews_review", "shop.reviews.services:stars -> orders_order"} <= reads


def test_calls_and_imports_are_dependencies() -> None:
    """Of what is inside a service nothing is told."""
    found = {item.subject for item in _found() if item.rule is Rule.DEPENDENCY}
    assert "shop.orders.services:place -> shop.reviews.services:stars" in found
    assert "shop.orders.services -> shop.reviews.models" in found
    assert not any(item.startswith("shop.orders.services -> shop.orders") for item in found)


def test_what_is_shared_belongs_to_nobody() -> None:
    """A base class that is pinned as shared is no foreign code and no foreign writer."""
    found = _found(constraints=Constraints(pins={"shop.base": "shared"}))
    assert not [item for item in found if "shop.base" in item.subject]
    assert "monolith -> reviews_review" not in {item.subject for item in found}
    assert "shop.orders.services:hide_all -> reviews_review" in {item.subject for item in found}


def test_a_port_belongs_to_nobody(tmp_path: Path) -> None:
    """It is there to be crossed: neither that it calls the service is told, nor that the monolith calls it."""
    port = {
        "shop/reviews_port/v1.py": """
            class ReviewsV1:
                def stars(self):
                    from shop.reviews.services import stars

                    return stars()
        """,
        "shop/pages.py": """
            from shop.reviews_port.v1 import ReviewsV1


            def page(request):
                return ReviewsV1().stars()
        """,
    }
    found = breaches(SystemGraph(facts_of(tmp_path, _FILES | port)), _SERVICES, Targets(), Constraints())
    assert [item.subject for item in found] == [item.subject for item in _found()]


def test_services_that_need_each_other_are_a_ring() -> None:
    """The monolith is one of them as long as they need its code, and it theirs."""
    shared = Constraints(pins={"shop.base": "shared"})
    assert [item.subject for item in _found(constraints=shared) if item.rule is Rule.CYCLE] == ["orders <-> reviews"]
    assert [item.subject for item in _found() if item.rule is Rule.CYCLE] == ["monolith <-> orders <-> reviews"]


def test_budgets_are_asked_for_only_where_they_are_set() -> None:
    """A chain as long as the budget is allowed; a route that waits longer than the budget is not."""
    assert not [item for item in _found() if item.rule in {Rule.DEPTH, Rule.LATENCY}]
    tight = _found(Targets(p99=5, round_trip=10, depth=1))
    latency = [item for item in tight if item.rule is Rule.LATENCY]
    assert {item.subject for item in latency} == {"ANY /orders"}
    assert "waits for 1 other services, 10 ms in a row; [targets] p99 is 5 ms" in latency[0].message
    assert {item.source for item in tight if item.rule is Rule.DEPTH} == {"monolith", "orders", "reviews"}
    loose = _found(Targets(p99=10, round_trip=10, depth=2))
    assert not [item for item in loose if item.rule in {Rule.DEPTH, Rule.LATENCY}]


def test_a_service_without_modules_owns_those_of_its_models() -> None:
    """So that a boundary may begin with its tables."""
    services = {"reviews": Service("reviews", (), ("reviews_review",))}
    found = breaches(_graph(), services, Targets(), Constraints())
    assert "shop.urls -> shop.reviews.models" not in {item.subject for item in found}
    assert "shop.orders.services -> shop.reviews.models" in {item.subject for item in found}
    assert "shop.orders.services -> shop.reviews.services" not in {item.subject for item in found}


def test_every_rule_says_what_it_asks_for() -> None:
    """For scanners and pages."""
    assert set(RULES) == set(Rule)
