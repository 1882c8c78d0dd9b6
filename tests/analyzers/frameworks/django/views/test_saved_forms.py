"""What views do to tables through the forms they save, and only for the methods that save."""

from __future__ import annotations

from pathlib import Path

from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.source_tree import facts_of

_SHOP = {
    "shop/models.py": """
        from django.db import models
        class Tag(models.Model): ...
        class Order(models.Model):
            note = models.TextField()
            tags = models.ManyToManyField(Tag)
            marks = models.ManyToManyField(Tag, related_name="marked")
    """,
    "shop/forms.py": """
        from django import forms
        from shop.models import Order
        class Tagging(forms.ModelForm):
            class Meta:
                model = Order
                fields = ["note", "tags"]
        class Rest(forms.ModelForm):
            class Meta:
                model = Order
                exclude = ["tags"]
    """,
    "shop/views.py": """
        from django.views.generic import CreateView, UpdateView
        from shop.forms import Rest, Tagging
        from shop.models import Order
        class Create(CreateView):
            model = Order
            form_class = Tagging
        class Update(UpdateView):
            model = Order
            form_class = Rest
            def dispatch(self, request, *args, **kwargs): return super().dispatch(request, *args, **kwargs)
        class Plain(UpdateView):
            model = Order
            fields = ["note"]
        def by_hand(request):
            form = Tagging(request.POST)
            form.save()
    """,
    "shop/urls.py": """
        from django.urls import path
        from shop import views
        urlpatterns = [
            path("create", views.Create.as_view()), path("update", views.Update.as_view()),
            path("plain", views.Plain.as_view()), path("by-hand", views.by_hand),
        ]
    """,
}


def test_saving_a_form_sets_the_many_to_many_relations_among_its_fields(tmp_path: Path) -> None:
    """``save`` calls ``save_m2m``: for the fields a form names, or all but those it leaves out."""
    graph = SystemGraph(facts_of(tmp_path, _SHOP))
    writes = {
        route.path: set(graph.route_tables(route).writes) for route in graph.facts.routes if route.method != "GET"
    }
    assert writes["/create"] == {"shop_order", "shop_order_tags"}
    assert writes["/update"] == {"shop_order", "shop_order_marks"}
    assert writes["/plain"] == {"shop_order"}
    assert writes["/by-hand"] == {"shop_order", "shop_order_tags"}


def test_what_only_posting_does_is_not_done_by_getting(tmp_path: Path) -> None:
    """``super().dispatch()`` runs the method the request names, not every method."""
    graph = SystemGraph(facts_of(tmp_path, _SHOP))
    (getting,) = graph.find_routes("GET /update")
    assert graph.route_tables(getting).writes == ()


def test_a_mixin_hands_on_the_form_of_the_view_it_is_mixed_into(tmp_path: Path) -> None:
    """What a method passes to another of its own instance is what the route's class makes of it."""
    files = {
        "shop/views.py": """
            from django.views.generic import CreateView
            from shop.forms import Rest, Tagging
            from shop.models import Order
            class Saving(object):
                def post(self, request):
                    return self.process(self.get_form())
                def process(self, form):
                    self.done = form.save()
            class Create(Saving, CreateView):
                model = Order
                form_class = Rest
            class Plain(Saving, CreateView):
                model = Order
                form_class = int
        """,
        "shop/urls.py": """
            from django.urls import path
            from shop import views
            urlpatterns = [path("new/", views.Create.as_view()), path("plain/", views.Plain.as_view())]
        """,
    }
    graph = SystemGraph(facts_of(tmp_path, {**_SHOP, **files}))
    (create,) = [route for route in graph.facts.routes if route.path == "/new/" and route.method == "POST"]
    assert graph.route_tables(create).writes == ("shop_order", "shop_order_marks")
