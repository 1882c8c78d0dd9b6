"""What hands a request on: middleware to the views, rendering to the context processors."""

from __future__ import annotations

from pathlib import Path

from strangler_analyzers.export.facts import neutral_facts
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.source_tree import facts_of

_PROJECT = {
    "shop/models.py": """
        from django.db import models
        class Notice(models.Model): ...
        class Order(models.Model): ...
    """,
    "shop/context_processors.py": """
        from shop.models import Notice
        def notices(request): return {"notices": len(Notice.objects.all())}
        def helper(request, name): return Notice.objects.filter(name=name)
    """,
    "shop/middleware.py": """
        class Timing:
            def __init__(self, get_response): self.get_response = get_response
            def __call__(self, request): return self.get_response(request)
        def counting(get_response):
            def middleware(request): return get_response(request)
            return middleware
    """,
    "shop/views.py": """
        from django.http import HttpResponse
        from django.shortcuts import render
        from django.views.generic import ListView
        from shop.models import Order
        class Orders(ListView):
            model = Order
            def get_context_data(self, **kwargs): return super().get_context_data(**kwargs)
        def page(request): return render(request, "page.html", {})
        def plain(request): return HttpResponse("ok")
    """,
    "shop/urls.py": """
        from django.urls import path
        from shop.views import Orders, page, plain
        urlpatterns = [path("orders", Orders.as_view()), path("page", page), path("plain", plain)]
    """,
}


def test_middleware_hands_the_request_to_the_views(tmp_path: Path) -> None:
    """As a call among the neutral facts; which view a request reaches is said by its route, so no table follows."""
    graph = SystemGraph(facts_of(tmp_path, _PROJECT))
    middleware = ("shop.middleware:Timing.__call__", "shop.middleware:counting.<locals>.middleware")
    assert graph.facts.dispatchers == middleware
    views = ("shop.views:page", "shop.views:plain", "shop.views:Orders.get_context_data")
    assert {(caller, view) for caller in middleware for view in views} <= set(neutral_facts(graph)["calls"])
    assert graph.tables_of(middleware).reads == ()
    assert graph.function_path(middleware[0]).steps == ()


def test_what_renders_a_template_runs_the_context_processors(tmp_path: Path) -> None:
    """In a view that calls ``render`` and in one that a library renders for; not where no template is rendered."""
    graph = SystemGraph(facts_of(tmp_path, _PROJECT))
    reads = {route.path: graph.route_tables(route).reads for route in graph.facts.routes if route.method != "POST"}
    assert reads == {"/orders": ("shop_notice", "shop_order"), "/page": ("shop_notice",), "/plain": ()}
