"""What middleware hangs on the request to be made when it is first used."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import FirstUse
from strangler_analyzers.export.facts import neutral_facts
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.frameworks.django.project_sources import project

_SOURCES = {
    "shop/urls.py": """
        from django.urls import path
        from shop import views
        urlpatterns = [path("page/", views.page), path("other/", views.other), path("list/", views.List.as_view())]
    """,
    "shop/models.py": """
        from django.db import models
        class Basket(models.Model):
            count = models.IntegerField()
        class Visit(models.Model):
            page = models.TextField()
    """,
    "shop/middleware.py": """
        from django.utils.functional import SimpleLazyObject
        from shop.models import Basket, Visit
        class Baskets:
            def __init__(self, get_response):
                self.get_response = get_response
            def __call__(self, request):
                def load():
                    Visit.objects.create()
                    return Basket.objects.first()
                request.basket = SimpleLazyObject(load)
                request.shop = Basket()
                return self.get_response(request)
    """,
    "shop/views.py": """
        from django.shortcuts import render
        from django.views.generic import TemplateView
        def page(request):
            return render(request, "page.html")
        def other(request):
            return counted(request.basket), request.shop
        def counted(basket):
            return basket.count
        class List(TemplateView):
            template_name = "page.html"
    """,
    "shop/templates/page.html": "{{ request.basket.count }}",
}
_LOAD = "shop.middleware:Baskets.__call__.<locals>.load"


def test_whoever_reads_it_may_be_the_first_to_do_so(tmp_path: Path) -> None:
    """Code, and templates shown by it; templates of a `TemplateResponse` are shown when the view has returned."""
    facts = project(tmp_path, _SOURCES)
    assert facts.first_uses == (FirstUse("shop.views:other", _LOAD), FirstUse("shop.views:page", _LOAD))
    assert {call.caller for call in facts.calls if call.callee == _LOAD} == {"shop.middleware:Baskets.__call__"}


def test_requests_read_what_they_may_be_the_first_to_use(tmp_path: Path) -> None:
    """What making it writes is only possible, and what the route itself touches stays apart from it."""
    graph = SystemGraph(project(tmp_path, _SOURCES))
    requests = {item["path"]: item for item in neutral_facts(graph)["requests"]}
    reads = {path: item["reads"] for path, item in requests.items()}
    assert reads == {"/shop/list/": [], "/shop/other/": ["shop_basket"], "/shop/page/": ["shop_basket"]}
    assert requests["/shop/other/"]["writes"] == []
    assert requests["/shop/other/"]["may_write"] == ["shop_visit"]
    assert all(graph.route_tables(route).reads == () for route in graph.facts.routes)
