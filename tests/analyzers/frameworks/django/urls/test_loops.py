"""URLs that loops, comprehensions and calls make: each turn and each call with what it is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyzers.frameworks.django.project_sources import answers, project

_VIEWS = """
    from rest_framework import viewsets
    def index(request): return None
    def detail(request): return None
    class Cats(viewsets.ReadOnlyModelViewSet): ...
    class Dogs(viewsets.ReadOnlyModelViewSet): ...
"""


def _answers(root: Path, urls: str, **more: str) -> set[str]:
    files = {f"shop/{name}.py": text for name, text in more.items()}
    return answers(project(root, {"shop/views.py": _VIEWS, "shop/urls.py": urls, **files}))


@pytest.mark.parametrize(
    "made",
    [
        '[path(f"{name}/", getattr(views, name)) for name in ("index", "detail")]',
        '[path(f"{name}/", view) for name, view in (("index", views.index), ("detail", views.detail))]',
        "[path(at, view) for at, view in VIEWS.items()]",
    ],
)
def test_a_comprehension_makes_a_url_of_each_element(tmp_path: Path, made: str) -> None:
    """Names, pairs and the entries of a dict."""
    urls = f"""
        from django.urls import path
        from shop import views
        VIEWS = {{"index/": views.index, "detail/": views.detail}}
        urlpatterns = {made}
    """
    assert _answers(tmp_path, urls) == {"ANY /shop/index/ shop.views:index", "ANY /shop/detail/ shop.views:detail"}


def test_a_function_gives_each_call_its_own_view_set(tmp_path: Path) -> None:
    """A class that is passed is the one of this call, not that of another."""
    urls = """
        from django.urls import path
        from shop import views

        def listed(name, view):
            return [path(f"{name}/", view.as_view({"get": "list"}))]

        urlpatterns = [*listed("cats", views.Cats), *listed("dogs", views.Dogs)]
    """
    assert _answers(tmp_path, urls) == {"GET /shop/cats/ shop.views:Cats", "GET /shop/dogs/ shop.views:Dogs"}


_LISTS = {"GET /shop/{0}/ shop.views:{1}", "GET /shop/{0}/{{pk}}/ shop.views:{1}"}
_CATS_AND_DOGS = {line.format(*names) for line in _LISTS for names in (("cats", "Cats"), ("dogs", "Dogs"))}


def test_a_router_is_given_view_sets_in_a_loop(tmp_path: Path) -> None:
    """Each turn registers its own."""
    urls = """
        from rest_framework.routers import DefaultRouter
        from shop import views
        router = DefaultRouter()
        for prefix, view in [("cats", views.Cats), ("dogs", views.Dogs)]:
            router.register(prefix, view)
        urlpatterns = router.urls
    """
    assert _answers(tmp_path, urls) == _CATS_AND_DOGS


@pytest.mark.parametrize("takes_over", ["router.registry.extend(dogs.registry)", "router.registry += dogs.registry"])
def test_a_router_takes_over_what_another_has_registered(tmp_path: Path, takes_over: str) -> None:
    """The other's own URLs need not be included."""
    urls = f"""
        from django.urls import include, path
        from rest_framework.routers import DefaultRouter
        from shop import views
        from shop.dogs import dogs
        router = DefaultRouter()
        router.register("cats", views.Cats)
        {takes_over}
        urlpatterns = [path("", include(router.urls))]
    """
    other = """
        from rest_framework.routers import SimpleRouter
        from shop import views
        dogs = SimpleRouter()
        dogs.register("dogs", views.Dogs)
    """
    assert _answers(tmp_path, urls, dogs=other) == _CATS_AND_DOGS


def test_a_path_is_formatted_from_settings_and_their_defaults(tmp_path: Path) -> None:
    """Django's own default counts where the project sets nothing."""
    urls = """
        from django.conf import settings
        from django.urls import path, re_path
        from shop import views
        LOGIN = getattr(settings, "SHOP_LOGIN_URL", settings.LOGIN_URL)
        urlpatterns = [
            re_path("^{}$".format(LOGIN.lstrip("/")), views.index),
            path("{base}all/".format(base=getattr(settings, "BASE", "v1/")), views.detail),
        ]
    """
    assert _answers(tmp_path, urls) == {
        "ANY /shop/accounts/login/ shop.views:index",
        "ANY /shop/v1/all/ shop.views:detail",
    }
