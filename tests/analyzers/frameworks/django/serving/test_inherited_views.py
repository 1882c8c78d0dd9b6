"""Views that work on tables without a method of their own."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import AccessMode, SystemFacts
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.frameworks.django.django_shop import shop_facts, touched

_VIEWS = """
    from django.views.generic import CreateView, DeleteView, ListView

    class Tags(ListView):
        model = Tag

    class NewTag(CreateView):
        model = Tag
        fields = ["label"]

    class NoLine(DeleteView):
        queryset = Line.objects.all()

    class OwnTags(ListView):
        model = Tag

        def get_queryset(self):
            return Order.objects.all()
"""
_URLS = """
    from django.urls import path
    from shop.orders import views

    urlpatterns = [
        path("tags/", views.Tags.as_view()),
        path("lines/<int:pk>/delete/", views.NoLine.as_view()),
    ]
"""


def _facts(root: Path) -> SystemFacts:
    return shop_facts(
        root,
        _VIEWS,
        {"shop/urls.py": _URLS, "shop/settings.py": 'ROOT_URLCONF = "shop.urls"\nINSTALLED_APPS = ["shop.orders"]\n'},
    )


def test_inherited_methods_keep_their_accesses(tmp_path: Path) -> None:
    """A list reads, a creation writes, a deletion does both, each under the method as the class has it."""
    facts = _facts(tmp_path)
    views = "shop.orders.views:"
    assert touched(facts, f"{views}Tags.get", AccessMode.READ) == {"orders_tag"}
    assert touched(facts, f"{views}Tags.get", AccessMode.WRITE) == set()
    assert touched(facts, f"{views}NewTag.get", AccessMode.WRITE) == set()
    assert touched(facts, f"{views}NewTag.post", AccessMode.WRITE) == {"orders_tag"}
    assert touched(facts, f"{views}NoLine.get", AccessMode.WRITE) == set()
    assert touched(facts, f"{views}NoLine.post", AccessMode.READ) == {"orders_line"}
    assert touched(facts, f"{views}NoLine.post", AccessMode.WRITE) == {"orders_line"}


def test_a_method_of_the_program_speaks_for_itself(tmp_path: Path) -> None:
    """Where the program gives the query, the model the view names says nothing."""
    facts = _facts(tmp_path)
    assert touched(facts, "shop.orders.views:OwnTags.get", AccessMode.READ) == set()


def test_accesses_belong_to_methods_the_views_have(tmp_path: Path) -> None:
    """A method that no class of a view defines does nothing; those that are inherited are functions of the facts."""
    facts = shop_facts(
        tmp_path,
        f"""{_VIEWS}
    from rest_framework import generics, viewsets

    class SomeTags(generics.ListCreateAPIView):
        queryset = Tag.objects.all()

    class AllTags(viewsets.ReadOnlyModelViewSet):
        queryset = Tag.objects.all()

    class Shown(ListView):
        model = Tag
        http_method_names = ["head"]
""",
    )
    found = {access.function.partition(":")[2] for access in facts.accesses} - {"<module>"}
    assert found == {
        "Tags.get",
        "NewTag.post",
        "NewTag.put",
        "NoLine.get",
        "NoLine.post",
        "NoLine.delete",
        "OwnTags.get_queryset",
        "SomeTags.get",
        "SomeTags.list",
        "SomeTags.post",
        "SomeTags.create",
        "AllTags.list",
        "AllTags.retrieve",
    }
    assert {access.function for access in facts.accesses} <= {function.name for function in facts.functions}
    (inherited,) = [function for function in facts.functions if function.name == "shop.orders.views:Tags.get"]
    (view,) = [cls for cls in facts.classes if cls.name == "shop.orders.views:Tags"]
    assert inherited.location == view.location


def test_queries_of_classes_with_unknown_bases_are_rows(tmp_path: Path) -> None:
    """Looking for fields in a class of an unknown library does not spoil what its queries are found to be later."""
    views = """
        from unknown_library import Source

        class Tags(Source):
            rows = Tag.objects.all()

            def all(self):
                return list(self.rows)
    """
    facts = shop_facts(tmp_path, views)
    assert touched(facts, "shop.orders.views:Tags.all", AccessMode.READ) == {"orders_tag"}


def test_routes_reach_the_tables_of_inherited_methods(tmp_path: Path) -> None:
    """A request touches what the library does for its view."""
    graph = SystemGraph(_facts(tmp_path))
    (listing,) = [route for route in graph.facts.routes if route.path == "/tags/" and route.method == "GET"]
    (removal,) = [route for route in graph.facts.routes if "delete" in route.path and route.method == "POST"]
    assert set(graph.route_tables(listing).reads) == {"orders_tag"}
    assert set(graph.route_tables(removal).writes) == {"orders_line"}


def test_generic_views_run_what_the_program_adds_to_rows(tmp_path: Path) -> None:
    """A model's own `save` and `delete`, and the receivers of signals, run although only the library calls them."""
    files = {
        "shop/orders/notes.py": """
            from django.db import models

            class Note(models.Model):
                def save(self, *args, **options):
                    super().save(*args, **options)
                def delete(self, *args, **options):
                    super().delete(*args, **options)
        """,
        "shop/orders/receivers.py": """
            from django.db.models.signals import post_delete
            from django.dispatch import receiver
            from shop.orders.notes import Note

            @receiver(post_delete, sender=Note)
            def forget(instance, **options): ...
        """,
    }
    facts = shop_facts(
        tmp_path,
        """
    from django.views.generic import DeleteView, UpdateView
    from shop.orders.notes import Note

    class Change(UpdateView):
        model = Note
        fields = "__all__"

    class Remove(DeleteView):
        def get_object(self):
            return Note.objects.get(pk=self.kwargs["pk"])
""",
        files,
    )
    run = {(call.caller.partition(":")[2], call.callee.partition(":")[2]) for call in facts.calls}
    assert ("Change.post", "Note.save") in run
    assert ("Change.get", "Note.save") not in run
    assert ("Remove.post", "Note.delete") in run
    assert ("Remove.post", "forget") in run
    assert touched(facts, "shop.orders.views:Remove.post", AccessMode.WRITE) == {"orders_note"}
