"""Routers of Django REST framework."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.frameworks.django.project_sources import answers, entry, project, route

_VIEWS = """
    from rest_framework import viewsets, mixins
    from rest_framework.decorators import action
    class Orders(viewsets.ModelViewSet):
        def perform_create(self, serializer): return None
        @action(detail=True, methods=["post"], url_path="send-off")
        def send(self, request, pk): return None
        @action(detail=False)
        def recent(self, request): return None
        @send.mapping.delete
        def unsend(self, request, pk): return None
    class Lines(mixins.ListModelMixin, viewsets.GenericViewSet):
        lookup_field = "number"
"""


def test_a_router_makes_list_detail_and_action_urls(tmp_path: Path) -> None:
    """Each URL answers the methods whose actions the view set has; root and suffix formats are the framework's own."""
    facts = project(
        tmp_path,
        {
            "shop/views.py": _VIEWS,
            "shop/urls.py": """
                from django.urls import include, path
                from rest_framework.routers import DefaultRouter
                from shop import views
                router = DefaultRouter()
                router.register("orders", views.Orders, basename="order")
                urlpatterns = [path("api/", include(router.urls))]
            """,
        },
    )
    assert answers(facts) == {
        f"{method} /shop/api/{path} shop.views:Orders"
        for method, path in (
            ("GET", "orders/"),
            ("POST", "orders/"),
            ("GET", "orders/recent/"),
            ("GET", "orders/{pk}/"),
            ("PUT", "orders/{pk}/"),
            ("PATCH", "orders/{pk}/"),
            ("DELETE", "orders/{pk}/"),
            ("POST", "orders/{pk}/send-off/"),
            ("DELETE", "orders/{pk}/send-off/"),
        )
    }
    assert entry(facts, "POST", "/shop/api/orders/") == ("shop.views:Orders.perform_create",)
    assert entry(facts, "DELETE", "/shop/api/orders/{pk}/send-off/") == ("shop.views:Orders.unsend",)
    assert route(facts, "GET", "/shop/api/orders/recent/").name == "order-recent"


def test_two_routers_keep_their_registrations_apart(tmp_path: Path) -> None:
    """Routers are told apart by the variables that hold them, also when other modules register on them."""
    facts = project(
        tmp_path,
        {
            "shop/views.py": _VIEWS,
            "shop/urls.py": """
                from rest_framework.routers import SimpleRouter
                from django.urls import path, include
                class OwnRouter(SimpleRouter): pass
                one, two = None, None
                first = OwnRouter()
                second = OwnRouter(trailing_slash=False)
                urlpatterns = first.urls + [path("b/", include((second.urls, "b")))]
            """,
            "shop/more.py": """
                from shop.urls import first, second
                from shop.views import Lines
                first.register(r"lines", Lines)
                second.register(r"rows", Lines)
            """,
        },
    )
    assert answers(facts) == {"GET /shop/lines/ shop.views:Lines", "GET /shop/b/rows shop.views:Lines"}


def test_a_nested_router_stands_below_its_parents_object(tmp_path: Path) -> None:
    """drf-nested-routers: the parent's prefix and lookup precede."""
    facts = project(
        tmp_path,
        {
            "shop/views.py": _VIEWS,
            "shop/urls.py": """
                from django.urls import include, path
                from rest_framework_nested import routers
                from shop import views
                router = routers.SimpleRouter()
                router.register("boxes", views.Lines)
                inner = routers.NestedSimpleRouter(router, "boxes", lookup="box")
                inner.register("lines", views.Lines)
                urlpatterns = [path("", include(inner.urls))]
            """,
        },
    )
    assert answers(facts) == {"GET /shop/boxes/{box_number}/lines/ shop.views:Lines"}


def test_a_view_set_may_be_mapped_by_hand(tmp_path: Path) -> None:
    """``as_view({"get": "list"})`` answers what the mapping says."""
    facts = project(
        tmp_path,
        {
            "shop/views.py": _VIEWS,
            "shop/urls.py": """
                from django.urls import path
                from shop import views
                urlpatterns = [path("sent/", views.Orders.as_view({"get": "list", "post": "send"}))]
            """,
        },
    )
    assert answers(facts) == {"GET /shop/sent/ shop.views:Orders", "POST /shop/sent/ shop.views:Orders"}
    assert entry(facts, "POST", "/shop/sent/") == ("shop.views:Orders.send",)


def test_a_router_of_ones_own_hands_on_to_a_router_that_all_apps_share(tmp_path: Path) -> None:
    """``self.shared.register(...)`` in its `register` registers there too; ``Class.shared.urls`` has them all."""
    facts = project(
        tmp_path,
        {
            "shop/views.py": _VIEWS,
            "shop/api.py": """
                from rest_framework.routers import DefaultRouter, SimpleRouter
                class SharedRouter(SimpleRouter):
                    shared = DefaultRouter()
                    def register(self, *args, **kwargs):
                        self.shared.register(*args, **kwargs)
                        super().register(*args, **kwargs)
                def collected():
                    return SharedRouter.shared.urls
            """,
            "shop/urls.py": """
                from django.urls import include, path
                from shop import views
                from shop.api import SharedRouter, collected
                router = SharedRouter()
                router.register(r"lines", views.Lines, "line")
                urlpatterns = [path("api/", include((collected(), "api"), namespace="api"))]
            """,
        },
    )
    assert answers(facts) == {"GET /shop/api/lines/ shop.views:Lines"}
