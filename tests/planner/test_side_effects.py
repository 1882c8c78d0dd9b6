"""What the monolith no longer does for routes that move."""

from __future__ import annotations

from pathlib import Path

from strangler.planner.side_effects import side_effects
from strangler.planner.writers import find_writers
from strangler.project import RouteMatch, RouteRule, Traffic
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.frameworks.django.django_shop import shop_facts

_VIEWS = """
    from django.core.mail import send_mail
    from django.db.models.signals import post_save
    from django.dispatch import receiver

    @receiver(post_save, sender=Tag)
    def count_tags(sender, instance, **kwargs):
        Customer.objects.update(name="counted")

    def tags(request):
        Tag.objects.create(label="new")
        send_mail("new tag", "", None, [])

    def orders(request):
        Order.objects.create(number="1")
        Line.objects.create(quantity=1)

    def shown(request):
        Invoice.objects.all().delete()
"""
_URLS = """
    from django.urls import path
    from shop.orders import views

    urlpatterns = [path("tags/", views.tags), path("orders/", views.orders), path("invoices/", views.shown)]
"""


def test_routes_that_move_leave_undone_what_else_they_did(tmp_path: Path) -> None:
    """By signals, too; writing the moved tables is no side effect, and routes that stay go on."""
    settings = 'ROOT_URLCONF = "shop.urls"\nINSTALLED_APPS = ["shop.orders"]\n'
    system = SystemGraph(shop_facts(tmp_path, _VIEWS, {"shop/urls.py": _URLS, "shop/settings.py": settings}))
    rules = [RouteRule(RouteMatch(path), "sales", Traffic()) for path in ("/tags/", "/orders/")]
    tables = ["orders_tag", "orders_order"]
    found = side_effects(system, find_writers(system, tables, rules).moving, tables)
    assert [(one.effect, one.function.rpartition(":")[2], one.routes) for one in found] == [
        ("uses mail Django", "tags", ("ANY /tags/",)),
        ("writes orders_customer", "count_tags", ("ANY /tags/",)),
        ("writes orders_line", "orders", ("ANY /orders/",)),
    ]
    assert all(one.location.line for one in found)
