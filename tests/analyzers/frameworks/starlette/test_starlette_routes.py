"""Routes of FastAPI and Starlette: routers, mounts, lists of routes, classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from strangler_analyzers.frameworks.starlette.framework import Starlette
from tests.analyzers.frameworks.route_lines import lines
from tests.analyzers.source_tree import linked


def _routes(root: Path, files: Mapping[str, str]) -> list[str]:
    return lines(Starlette().routes(linked(root, files).resolver))


def test_decorated_functions(tmp_path: Path) -> None:
    """Each verb's decorator, `api_route` with methods, and web sockets under a method of their own."""
    source = """
        from fastapi import FastAPI
        app = FastAPI()

        @app.get("/items/{item_id:int}")
        async def show(item_id: int): ...

        @app.api_route("/items", methods=["POST", "PUT", "HEAD"])
        async def save(): ...

        @app.websocket("/live")
        async def live(socket): ...

        @app.get("/files/{name:path}")
        async def file(name): ...
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET /files/{name:path} web:file",
        "GET /items/{item_id} web:show",
        "POST /items web:save",
        "PUT /items web:save",
        "WEBSOCKET /live web:live",
    ]


def test_a_computed_path_has_no_empty_segments_in_front(tmp_path: Path) -> None:
    """Of what it may be, the one with a single slash is meant; one that is written so stays."""
    source = """
        import os
        from fastapi import FastAPI
        app = FastAPI()
        base = "/" if os.environ.get("ROOT") else ""

        @app.get(f"{base}/settings")
        def settings(): ...

        @app.get("//odd")
        def odd(): ...
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET //odd web:odd", "GET /settings web:settings"]


def test_routers_are_included_in_loops_and_below_each_other(tmp_path: Path) -> None:
    """Prefixes of the inclusion and of the router add up; constants and f-strings are evaluated."""
    files = {
        "shop/settings.py": """
            class Settings:
                API: str = "/api/v1"

            settings = Settings()
        """,
        "shop/main.py": """
            from fastapi import APIRouter, FastAPI
            from shop import orders, users
            from shop.settings import settings

            ROUTERS = (orders.router, users.router)
            api = APIRouter(prefix=settings.API)
            for router in ROUTERS:
                api.include_router(router)

            def create_app():
                app = FastAPI()
                app.include_router(api)
                app.include_router(users.router, prefix=f"{settings.API}/again")
                return app
        """,
        "shop/orders.py": """
            from fastapi import APIRouter
            router = APIRouter(prefix="/orders")

            @router.get("/")
            def index(): ...
        """,
        "shop/users.py": """
            from fastapi import APIRouter
            router = APIRouter()

            @router.get("/users")
            def users(): ...
        """,
    }
    assert _routes(tmp_path, files) == [
        "GET /api/v1/again/users shop.users:users",
        "GET /api/v1/orders/ shop.orders:index",
        "GET /api/v1/users shop.users:users",
    ]


def test_the_programs_own_router_class(tmp_path: Path) -> None:
    """Every instance of a subclass is a router of its own."""
    source = """
        from fastapi import APIRouter, FastAPI

        class Router(APIRouter):
            def add_api_route(self, path, endpoint, **options):
                return super().add_api_route(path, endpoint, **options)

        cats: Router = Router(prefix="/cats")
        dogs: Router = Router(prefix="/dogs")

        @cats.get("/")
        def meow(): ...

        @dogs.post("/")
        def bark(): ...

        app = FastAPI()
        app.include_router(cats)
        app.include_router(dogs)
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET /cats/ web:meow", "POST /dogs/ web:bark"]


def test_mounted_applications(tmp_path: Path) -> None:
    """An application made by a function and mounted stands below its path; one mounted nowhere starts at the root."""
    source = """
        import os
        from fastapi import FastAPI

        def make_api(health_path="/health"):
            api = FastAPI()

            @api.get(health_path)
            def health(): ...

            return api

        def create_app():
            app = FastAPI()
            api = make_api()
            base = os.environ["BASE"]
            if base:
                app.mount(base, app=api)
            else:
                app.mount("/api", api)

            @app.get("/")
            def index(): ...

            return app
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET / web:create_app.<locals>.index",
        "GET /api/health web:make_api.<locals>.health",
    ]


def test_lists_of_routes(tmp_path: Path) -> None:
    """Starlette's `Route`, `Mount`, `WebSocketRoute`; a class answers what it implements."""
    source = """
        from starlette.applications import Starlette
        from starlette.endpoints import HTTPEndpoint
        from starlette.routing import Mount, Route, Router, WebSocketRoute

        class Base(HTTPEndpoint):
            async def get(self, request): ...

        class Item(Base):
            async def delete(self, request): ...

        async def index(request): ...
        async def live(socket): ...
        async def stats(request): ...

        admin = Router([Route("/stats", stats, methods=["POST"])])
        routes = [
            Route("/", index),
            Mount("/api", routes=[Route("/items/{id:uuid}", Item), WebSocketRoute("/live", live)]),
            Mount("/admin", app=admin),
        ]
        app = Starlette(routes=routes)
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "DELETE /api/items/{id} web:Item",
        "GET / web:index",
        "GET /api/items/{id} web:Item",
        "POST /admin/stats web:stats",
        "WEBSOCKET /api/live web:live",
    ]


def test_a_controller_registers_its_own_methods(tmp_path: Path) -> None:
    """`self.router.add_api_route(path, self.method)` answers with the method."""
    source = """
        from fastapi import APIRouter, FastAPI

        class Controller:
            def __init__(self, name):
                self.router = APIRouter(prefix="/things")
                self.router.add_api_route("/hello", self.hello, methods=["GET"])

            def hello(self): ...

        app = FastAPI()
        app.include_router(Controller("x").router)
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET /things/hello web:Controller.hello"]


def test_a_router_factory_with_arguments(tmp_path: Path) -> None:
    """Each call of a factory gives a router with the prefix it was asked for."""
    source = """
        from fastapi import APIRouter, FastAPI

        def crud(name: str) -> APIRouter:
            router = APIRouter(prefix=f"/{name}")

            @router.get("/{id}")
            def read(id): ...

            return router

        app = FastAPI()
        for name in ["cats", "dogs"]:
            app.include_router(crud(name))
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET /cats/{id} web:crud.<locals>.read",
        "GET /dogs/{id} web:crud.<locals>.read",
    ]


def test_a_function_that_answers_nothing_but_head(tmp_path: Path) -> None:
    """FastAPI lets another function answer HEAD; beside other methods it is not named."""
    source = """
        from fastapi import APIRouter, FastAPI
        app = FastAPI()
        router = APIRouter(prefix="/sse")

        @router.get("/")
        async def stream(): ...

        @router.head("/")
        async def alive(): ...

        @app.api_route("/ping", methods=["HEAD"])
        async def ping(): ...

        app.include_router(router)
    """
    assert _routes(tmp_path, {"web.py": source}) == [
        "GET /sse/ web:stream",
        "HEAD /ping web:ping",
        "HEAD /sse/ web:alive",
    ]


def test_a_path_without_a_slash_goes_on_where_the_prefix_ends(tmp_path: Path) -> None:
    """FastAPI joins the prefix and the path as they are."""
    source = """
        from fastapi import APIRouter, FastAPI
        router = APIRouter(prefix="/array")

        @router.get("{path:path}.attributes")
        def attributes(path): ...

        app = FastAPI()
        app.include_router(router, prefix="/v2")
    """
    assert _routes(tmp_path, {"web.py": source}) == ["GET /v2/array{path:path}.attributes web:attributes"]


_PREFIXED = """
    from fastapi import APIRouter, FastAPI
    from config import settings
    router = APIRouter()

    @router.get("/items")
    def items(): ...

    app = FastAPI()
    app.include_router(router, prefix=settings.PREFIX)
"""


@pytest.mark.parametrize(
    "declared",
    [
        'PREFIX: str = pydantic.Field(default="/v1")',
        'PREFIX: str = pydantic.Field("/v1", description="where it is served")',
        'PREFIX: str = dataclasses.field(default="/v1")',
        'PREFIX = decouple.config("PREFIX", default="/v1")',
        'PREFIX = decouple.config("PREFIX", "/v1")',
        'PREFIX = environs.Env().str("PREFIX", "/v1")',
        'VERSION = 1\n    @property\n    def PREFIX(self): return f"/v{self.VERSION}"',
    ],
)
def test_a_prefix_is_the_default_of_a_setting(tmp_path: Path, declared: str) -> None:
    """Whatever library declares the setting: nobody has set it where only the code is known."""
    config = f"import dataclasses, decouple, environs, pydantic\nclass Settings:\n    {declared}\nsettings = Settings()"
    assert _routes(tmp_path, {"config.py": config, "web.py": _PREFIXED}) == ["GET /v1/items web:items"]


def test_settings_that_are_read_when_first_asked_for(tmp_path: Path) -> None:
    """An object with a `__getattr__` of its own hands on to the settings behind it."""
    config = """
        import pydantic
        class Settings:
            PREFIX: str = pydantic.Field(default="/v1")
        def get_settings():
            return Settings()
        class Lazy:
            def __getattr__(self, name):
                return getattr(get_settings(), name)
        settings = Lazy()
    """
    assert _routes(tmp_path, {"config.py": config, "web.py": _PREFIXED}) == ["GET /v1/items web:items"]


def test_routers_of_whatever_modules_a_folder_holds(tmp_path: Path) -> None:
    """A loop over a package's modules includes the router of each, below the prefix it gives them."""
    web = """
        import importlib, pkgutil
        from fastapi import FastAPI
        import routers
        app = FastAPI()
        for found in pkgutil.iter_modules(routers.__path__):
            app.include_router(importlib.import_module(f"routers.{found.name}").router, prefix="/api")
    """
    cats = """
        from fastapi import APIRouter
        named = dict(prefix="/cats")
        router = APIRouter(**named)

        @router.get("/{name}")
        def cat(name): ...
    """
    files = {"web.py": web, "routers/__init__.py": "", "routers/cats.py": cats}
    assert _routes(tmp_path, files) == ["GET /api/cats/{name} routers.cats:cat"]
