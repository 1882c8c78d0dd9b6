"""APIs of Django Ninja."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.frameworks.django.project_sources import project
from tests.analyzers.frameworks.route_lines import entries, lines

_API = """
    from ninja import NinjaAPI, Router
    from ninja.security import HttpBearer

    class Token(HttpBearer):
        def authenticate(self, request, token):
            return token

    api = NinjaAPI(auth=Token())
    cats = Router(auth=None)
    kittens = Router()

    @api.get("/ping")
    def ping(request): ...

    @cats.get("/{int:cat_id}/")
    def cat(request, cat_id: int): ...

    @cats.api_operation(["POST", "PATCH"], "/", auth=[Token()])
    def save(request): ...

    @kittens.delete("")
    def none_left(request, cat_id): ...

    cats.add_router("{cat_id}/kittens", kittens)
    api.add_router("/cats/", cats)
    api.add_router("dogs", "shop.dogs.router")
"""
_DOGS = """
    from ninja import Router
    router = Router()

    @router.get("/{path:rest}")
    def dog(request, rest): ...
"""
_URLS = """
    from django.urls import path
    from shop.api import api
    urlpatterns = [path("api/", api.urls)]
"""


def test_functions_of_an_api_and_of_routers_below_it(tmp_path: Path) -> None:
    """Paths are put together as Ninja does; who signs a request in runs before the function, unless told otherwise."""
    files = {"shop/api.py": _API, "shop/dogs.py": _DOGS, "shop/urls.py": _URLS}
    routes = project(tmp_path, files).routes
    assert lines(routes) == [
        "DELETE /shop/api/cats/{cat_id}/kittens shop.api:none_left",
        "GET /shop/api/cats/{cat_id}/ shop.api:cat",
        "GET /shop/api/dogs/{rest:path} shop.dogs:dog",
        "GET /shop/api/ping shop.api:ping",
        "PATCH /shop/api/cats/ shop.api:save",
        "POST /shop/api/cats/ shop.api:save",
    ]
    ran = entries(routes)
    assert ran["GET /shop/api/ping"] == ("Token.authenticate", "ping")
    assert ran["GET /shop/api/dogs/{rest:path}"] == ("Token.authenticate", "dog")
    assert ran["GET /shop/api/cats/{cat_id}/"] == ("cat",)
    assert ran["POST /shop/api/cats/"] == ("Token.authenticate", "save")
