"""Which HTTP methods a view answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analyzers.frameworks.django.project_sources import project

_URLS = """
    from django.urls import path
    from shop import views
    urlpatterns = [path("", {view})]
"""


def _methods(root: Path, view: str, source: str) -> str:
    facts = project(root, {"shop/urls.py": _URLS.format(view=view), "shop/views.py": source})
    return " ".join(sorted(route.method for route in facts.routes))


@pytest.mark.parametrize(
    ("base", "methods"),
    [
        ("View", "ANY"),
        ("TemplateView", "GET"),
        ("ListView", "GET"),
        ("DetailView", "GET"),
        ("FormView", "GET POST PUT"),
        ("CreateView", "GET POST PUT"),
        ("UpdateView", "GET POST PUT"),
        ("DeleteView", "DELETE GET POST"),
        ("RedirectView", "DELETE GET PATCH POST PUT"),
    ],
)
def test_a_generic_view_answers_what_django_gives_it(tmp_path: Path, base: str, methods: str) -> None:
    """The methods a class inherits count, HEAD and OPTIONS are not listed."""
    source = f"""
        from django.views import generic
        class Page(generic.{base}): pass
    """
    assert _methods(tmp_path, "views.Page.as_view()", source) == methods


@pytest.mark.parametrize(
    ("bases", "methods"),
    [
        ("generics.ListCreateAPIView", "GET POST"),
        ("generics.RetrieveUpdateDestroyAPIView", "DELETE GET PATCH PUT"),
        ("acme.views.AjaxUpdateView", "GET POST PUT"),
        ("acme.Something", "ANY"),
    ],
)
def test_views_of_other_packages(tmp_path: Path, bases: str, methods: str) -> None:
    """Django REST framework is known; a class of an unknown package passes for the one its name ends with."""
    source = f"""
        import acme, acme.views
        from rest_framework import generics
        class Page({bases}): pass
    """
    assert _methods(tmp_path, "views.Page.as_view()", source) == methods


def test_methods_come_from_every_ancestor_and_are_limited_by_the_nearest_list(tmp_path: Path) -> None:
    """A mixin's ``post`` counts; ``http_method_names`` takes methods away."""
    source = """
        from django.views.generic import ListView
        class Bulk:
            def post(self, request): return None
        class Base(Bulk, ListView):
            http_method_names = ["post", "options"]
        class Page(Base): pass
    """
    assert _methods(tmp_path, "views.Page.as_view()", source) == "POST"


@pytest.mark.parametrize(
    ("decorator", "methods"),
    [
        ("@require_POST", "POST"),
        ("@require_safe", "GET"),
        ('@require_http_methods(["GET", "DELETE"])', "DELETE GET"),
        ('@api_view(["PUT"])', "PUT"),
        ("@api_view()", "GET"),
        ("@login_required", "ANY"),
        ("@csrf_exempt\n@require_GET", "GET"),
    ],
)
def test_a_decorator_says_what_a_function_answers(tmp_path: Path, decorator: str, methods: str) -> None:
    """Only decorators that are about methods restrict them."""
    source = (
        "from django.contrib.auth.decorators import login_required\n"
        "from django.views.decorators.csrf import csrf_exempt\n"
        "from django.views.decorators.http import *\n"
        "from django.views.decorators.http import require_GET, require_POST, require_http_methods, require_safe\n"
        "from rest_framework.decorators import api_view\n"
        f"{decorator}\n"
        "def page(request): return None\n"
    )
    assert _methods(tmp_path, "views.page", source) == methods


def test_the_list_a_function_refuses_with_says_what_it_answers(tmp_path: Path) -> None:
    """``HttpResponseNotAllowed(["POST"])`` names what is allowed."""
    source = """
        from django.http import HttpResponseNotAllowed
        def page(request):
            if request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
    """
    assert _methods(tmp_path, "views.page", source) == "POST"


@pytest.mark.parametrize(
    "view",
    [
        "views.Page.as_view()",
        "login_required(views.Page.as_view())",
        "cache_page(60)(views.Page.as_view())",
        "views.anonymous(views.Page.as_view(), 'login.html')",
        "views.page",
        "views.Page.as_view() if True else views.other",
    ],
)
def test_the_view_is_found_behind_its_wrappers(tmp_path: Path, view: str) -> None:
    """Wrapper calls, names and conditions lead to the class."""
    urls = f"""
        from django.contrib.auth.decorators import login_required
        from django.urls import path
        from django.views.decorators.cache import cache_page
        from shop import views
        urlpatterns = [path("", {view})]
    """
    source = """
        from django.views.generic import ListView
        def anonymous(view, template):
            def inner(request): return view(request)
            return inner
        def other(request): return None
        class Page(ListView): pass
        page = Page.as_view()
    """
    facts = project(tmp_path, {"shop/urls.py": urls, "shop/views.py": source})
    assert {(route.method, route.handler) for route in facts.routes} == {("GET", "shop.views:Page")}


def test_a_callable_object_answers_every_method(tmp_path: Path) -> None:
    """A feed is an instance that is called."""
    source = """
        from django.contrib.syndication.views import Feed
        class News(Feed):
            def items(self): return []
    """
    assert _methods(tmp_path, "views.News()", source) == "ANY"
