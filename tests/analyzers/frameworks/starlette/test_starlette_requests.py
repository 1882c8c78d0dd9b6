"""What FastAPI and Starlette run around a handler: middleware and dependencies; and what runs without a request."""

from __future__ import annotations

from pathlib import Path

from strangler.model.system import CallKind, EntryKind
from strangler_analyzers.frameworks.starlette.framework import Starlette
from tests.analyzers.frameworks.route_lines import entries
from tests.analyzers.source_tree import facts_of, linked


def test_dependencies_run_before_the_handler(tmp_path: Path) -> None:
    """Those of the application, the inclusion, the router, the decorator, then the parameters with what they need."""
    source = """
        from typing import Annotated
        from fastapi import APIRouter, Depends, FastAPI, Security

        def of_app(): ...
        def of_inclusion(): ...
        def of_router(): ...
        def of_decorator(): ...
        def session(): ...
        def user(db=Depends(session)): ...

        class Limit:
            def __init__(self, size: int = 1): ...

        class Check:
            def __call__(self): ...

        Current = Annotated[object, Depends(user)]
        router = APIRouter(dependencies=[Depends(of_router)])

        @router.get("/a", dependencies=[Security(of_decorator)])
        def handler(me: Current, limit: Limit = Depends(), ok=Depends(Check())): ...

        app = FastAPI(dependencies=[Depends(of_app)])
        app.include_router(router, dependencies=[Depends(of_inclusion)])
    """
    routes = Starlette().routes(linked(tmp_path, {"web.py": source}).resolver)
    assert entries(routes) == {
        "GET /a": (
            "of_app",
            "of_inclusion",
            "of_router",
            "of_decorator",
            "session",
            "user",
            "Limit.__init__",
            "Check.__call__",
            "handler",
        )
    }


def test_middleware_runs_outermost_first(tmp_path: Path) -> None:
    """The last one added surrounds the others; a mounted application has its parent's around its own."""
    source = """
        from fastapi import FastAPI
        from starlette.middleware import Middleware
        from starlette.middleware.base import BaseHTTPMiddleware

        class Timing(BaseHTTPMiddleware):
            async def dispatch(self, request, call_next): ...

        class Pure:
            def __init__(self, app): ...
            async def __call__(self, scope, receive, send): ...

        class Listed(Pure):
            async def __call__(self, scope, receive, send): ...

        app = FastAPI(middleware=[Middleware(Listed)])
        app.add_middleware(Pure)
        app.add_middleware(Timing)
        inner = FastAPI()

        @inner.middleware("http")
        async def stamp(request, call_next): ...

        @inner.get("/x")
        def handler(): ...

        app.mount("/inner", inner)
    """
    (route,) = Starlette().routes(linked(tmp_path, {"web.py": source}).resolver)
    names = tuple(name.partition(":")[2] for name in route.entry)
    assert names == ("Timing.dispatch", "Pure.__call__", "Listed.__call__", "stamp", "handler")
    assert route.first_own == 4


def test_a_parameter_is_what_its_dependency_provides(tmp_path: Path) -> None:
    """Returned, yielded, or the class itself; through an alias of the annotation as well."""
    source = """
        from typing import Annotated
        from fastapi import Depends, FastAPI

        class Service:
            def work(self): ...

        class Store:
            def save(self): ...

        def service():
            return Service()

        def store():
            yield Store()

        StoreParameter = Annotated[object, Depends(store)]
        app = FastAPI()

        @app.post("/a")
        def handler(kept: StoreParameter, service=Depends(service)):
            service.work()
            kept.save()
    """
    facts = facts_of(tmp_path, {"web.py": source})
    called = {call.callee for call in facts.calls if call.caller == "web:handler"}
    assert {"web:Service.work", "web:Store.save"} <= called
    assert [use for use in facts.outside if use.function == "web:handler"] == [], "the default is never what is passed"


def test_lifespans_and_commands_are_entry_points(tmp_path: Path) -> None:
    """Startup, shutdown and lifespan functions; Typer commands."""
    source = """
        import typer
        from fastapi import FastAPI
        cli = typer.Typer()

        async def lifespan(app):
            yield

        def warm_up(): ...

        app = FastAPI(lifespan=lifespan, on_startup=[warm_up])

        @app.on_event("shutdown")
        def close(): ...

        @cli.command()
        def serve(): ...
    """
    points = facts_of(tmp_path, {"web.py": source}).entry_points
    assert {(point.kind, point.name, point.function) for point in points} == {
        (EntryKind.LIFESPAN, "lifespan", "web:lifespan"),
        (EntryKind.LIFESPAN, "warm_up", "web:warm_up"),
        (EntryKind.LIFESPAN, "close", "web:close"),
        (EntryKind.COMMAND, "cli serve", "web:serve"),
    }


def test_a_background_task_runs_later(tmp_path: Path) -> None:
    """`tasks.add_task(f)` is an asynchronous call of `f`."""
    source = """
        from fastapi import BackgroundTasks, FastAPI
        app = FastAPI()

        def send(): ...

        @app.post("/orders")
        def order(tasks: BackgroundTasks):
            tasks.add_task(send, 1)
    """
    facts = facts_of(tmp_path, {"web.py": source})
    later = [(call.caller, call.callee) for call in facts.calls if call.kind is CallKind.ASYNC]
    assert later == [("web:order", "web:send")]
