"""What templates read counts for the requests that are answered with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.model.progress import SilentProgress
from strangler.model.system import AccessMode
from strangler_analyzers.export.facts import neutral_facts
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze
from tests.analyzers.frameworks.django.django_shop import SHOP, shop_facts, touched
from tests.analyzers.source_tree import facts_of, write

_DETAIL = """
    from django.views.generic import DetailView

    class OrderDetail(DetailView):
        model = Order
        template_name = "shop/order.html"
"""
_URLS = {
    "site_/urls.py": """
        from django.urls import path
        from shop.orders import views

        urlpatterns = [path("orders/<int:pk>/", views.OrderDetail.as_view())]
    """,
}
_RENDER = "shop.orders.views:OrderDetail.render_to_response"


def _read(root: Path, template: str, more: dict[str, str] | None = None, views: str = _DETAIL) -> set[str]:
    """The tables that the order's page reads by its template."""
    facts = shop_facts(root, views, {"shop/orders/templates/shop/order.html": template, **(more or {})})
    return touched(facts, _RENDER, AccessMode.READ)


@pytest.mark.parametrize(
    ("template", "tables"),
    [
        ("{{ object.customer.name }}", {"orders_customer"}),
        ("{{ order.customer.name }}", {"orders_customer"}),
        ("{% for line in order.lines.all %}{{ line.quantity }}{% endfor %}", {"orders_line"}),
        ("{% with lines=order.lines %}{{ lines.count }}{% endwith %}", {"orders_line"}),
        ("{% if order.lines.exists %}many{% endif %}", {"orders_line"}),
        ("{% if order.tags.all %}many{% endif %}", {"orders_tag", "orders_order_tags"}),
        ("{{ order.lines.all|length }}", {"orders_line"}),
        ("{% with lines=order.lines.all %}never asked for{% endwith %}", set[str]()),
        ("{% with line=order.lines.all|first %}{{ line.order.customer }}{% endwith %}",
         {"orders_line", "orders_order", "orders_customer"}),
        ("{{ order.number }}{{ nothing.customer }}{{ order.customer_id }}", set[str]()),
    ],
)  # fmt: skip
def test_lookups_load_rows_where_they_are_asked_for(tmp_path: Path, template: str, tables: set[str]) -> None:
    """Related rows, queries that are iterated, counted or tested; not queries that nobody asks."""
    assert _read(tmp_path, template) == tables


def test_blocks_are_put_into_the_template_that_is_extended(tmp_path: Path) -> None:
    """A block that is overridden counts only through ``block.super``; includes see the context."""
    more = {
        "shop/orders/templates/base.html": """
            {% block page %}{{ order.customer }}{% endblock %}{% block foot %}{{ order.invoice.order }}{% endblock %}
            {% include "part.html" with shown=order %}
        """,
        "shop/orders/templates/part.html": "{{ shown.lines.count }}",
    }
    overriding = '{% extends "base.html" %}{% block foot %}{% endblock %}{% block page %}'
    assert _read(tmp_path / "a", overriding + "{% endblock %}", more) == {"orders_line"}
    with_super = _read(tmp_path / "b", overriding + "{{ block.super }}{% endblock %}", more)
    assert with_super == {"orders_line", "orders_customer"}


def test_a_template_that_includes_itself_ends(tmp_path: Path) -> None:
    """Recursion is bounded."""
    assert _read(tmp_path, '{{ order.customer }}{% include "shop/order.html" %}') == {"orders_customer"}


def test_a_menu_that_shows_itself_for_each_of_its_entries_ends(tmp_path: Path) -> None:
    """The work grows with the contexts that differ, not with the ways through the menu; what each shows counts."""
    branches = "".join(
        f'{{% include "menu.html" with shown=order.{name} kept{at}=shown %}}'
        for at, name in enumerate(("customer", "invoice", "number"))
    )
    more = {"shop/orders/templates/menu.html": "{{ shown.lines.count }}{{ kept1.tags.count }}" + branches * 3}
    read = _read(tmp_path, '{% include "menu.html" with shown=order %}', more)
    assert read == {"orders_line", "orders_tag", "orders_order_tags", "orders_customer", "orders_invoice"}


def test_what_a_view_adds_to_the_context_is_known_by_its_name(tmp_path: Path) -> None:
    """By ``get_context_data``, its helpers and the overriding methods of the class."""
    views = """
        from django.views.generic import TemplateView

        class Base(TemplateView):
            def get_context_data(self, **kwargs):
                context = super().get_context_data(**kwargs)
                context["orders"] = self.orders()
                context.update(self.more())
                return context

            def more(self):
                return {"tags": Tag.objects.all()}

        class OrderDetail(Base):
            template_name = "shop/order.html"

            def orders(self):
                return Order.objects.filter(number="1")
    """
    template = "{% for order in orders %}{{ order.number }}{% endfor %}{% for tag in tags %}{{ tag.label }}{% endfor %}"
    assert _read(tmp_path, template, views=views) == {"orders_order", "orders_tag"}


def test_functions_that_a_template_calls_run_for_the_request(tmp_path: Path) -> None:
    """Tags and filters are calls with the place in the template as evidence."""
    tags = """
        from django import template
        from shop.orders.models import Tag

        register = template.Library()

        @register.simple_tag(name="known_tags")
        def every_tag():
            return Tag.objects.all()

        @register.filter
        def doubled(value):
            return value
    """
    template = "{% load shop_tags %}{% known_tags as tags %}{% for tag in tags %}{{ tag.label|doubled }}{% endfor %}"
    files = {**_URLS, "shop/orders/templatetags/shop_tags.py": tags, "shop/orders/templates/shop/order.html": template}
    facts = shop_facts(tmp_path, _DETAIL, files)
    called = {(call.callee, str(call.location)) for call in facts.calls if call.caller == _RENDER}
    assert called == {
        ("shop.orders.templatetags.shop_tags:every_tag", "shop/orders/templates/shop/order.html:1"),
        ("shop.orders.templatetags.shop_tags:doubled", "shop/orders/templates/shop/order.html:1"),
    }
    (request,) = neutral_facts(SystemGraph(facts))["requests"]
    assert "orders_tag" in request["reads"]


def test_an_inclusion_tag_renders_its_template_with_what_it_returns(tmp_path: Path) -> None:
    """Only where its library is loaded."""
    tags = """
        from django import template
        from shop.orders.models import Customer

        register = template.Library()

        @register.inclusion_tag("shop/customers.html")
        def customers():
            return {"customers": Customer.objects.all()}
    """
    more = {
        "shop/orders/templatetags/shop_tags.py": tags,
        "shop/orders/templates/shop/customers.html": "{% for customer in customers %}{{ customer.name }}{% endfor %}",
    }
    assert _read(tmp_path, "{% load shop_tags %}{% customers %}", more) == {"orders_customer"}
    assert _read(tmp_path, "{% customers %}", more) == set()


def test_a_library_has_what_others_register_with_the_register_it_imports(tmp_path: Path) -> None:
    """The module that templates load may make its ``register`` elsewhere, for the modules that fill it to import."""
    tags = """
        from shop.registry import register
        from shop.orders.models import Customer

        @register.simple_tag
        def every_customer():
            return Customer.objects.all()
    """
    more = {
        "shop/registry.py": "from django import template\nregister = template.Library()\n",
        "shop/orders/tags.py": tags,
        "shop/orders/templatetags/shop_tags.py": "from shop.orders import tags\nfrom shop.registry import register\n",
        "shop/orders/templatetags/other_tags.py": "from django import template\nregister = template.Library()\n",
    }
    shown = "{% every_customer as found %}{% for customer in found %}{{ customer.name }}{% endfor %}"
    assert _read(tmp_path, "{% load shop_tags %}" + shown, more) == {"orders_customer"}
    assert _read(tmp_path, "{% load other_tags %}" + shown, more) == set()


def test_a_function_reads_what_the_template_it_renders_reads(tmp_path: Path) -> None:
    """``render`` counts where it is called."""
    views = """
        from django.shortcuts import render

        def show(request):
            return render(request, "shop/order.html", {"orders": Order.objects.all()})
    """
    template = "{% for order in orders %}{{ order.customer.name }}{% endfor %}"
    facts = shop_facts(tmp_path, views, {"shop/orders/templates/shop/order.html": template})
    assert touched(facts, "shop.orders.views:show", AccessMode.READ) == {"orders_order", "orders_customer"}


def test_an_edited_template_is_read_again(tmp_path: Path) -> None:
    """The cache of facts knows what the templates say."""
    views = "from shop.orders.models import Order\n" + "\n".join(line[4:] for line in _DETAIL.splitlines())
    source, cache = tmp_path / "source", tmp_path / "cache"
    template = "shop/orders/templates/shop/order.html"
    write(source, {**SHOP, "shop/orders/views.py": views, template: "{{ order.number }}"})
    before = analyze(source, SilentProgress(), workers=1, cache=cache)
    write(source, {template: "{{ order.customer }}"})
    after = analyze(source, SilentProgress(), workers=1, cache=cache)
    assert touched(before, _RENDER, AccessMode.READ) == set()
    assert touched(after, _RENDER, AccessMode.READ) == {"orders_customer"}
    assert after == facts_of(source, {})
