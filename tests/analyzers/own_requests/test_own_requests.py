"""What a program asks of its own application, past any gateway, is found with its place."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from strangler.model.location import Location
from strangler.model.system import Module, ModuleRole, Route, SystemFacts
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.own_requests.own_requests import OwnRequest, find_own_requests, read_own_requests

FILTER, ONE, COUNT, OTHER = (
    Route(path, method, "app.api:view", "fastapi", Location("app/api.py", line))
    for line, (method, path) in enumerate(
        [
            ("POST", "/api/variables/filter"),
            ("GET", "/api/variables/{id}"),
            ("GET", "/api/variables/count"),
            ("POST", "/api/flows/filter"),
        ],
        1,
    )
)
THIN = """
    class Base:
        def __init__(self):
            self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://in-memory/api")

        async def read(self, names):
            {}
"""


def _graph(role: ModuleRole = ModuleRole.APPLICATION) -> SystemGraph:
    modules = (Module("app.clients", "app/clients.py", 9, role),)
    return SystemGraph(SystemFacts("app", modules=modules, routes=(FILTER, ONE, COUNT, OTHER)))


def _found(source: str, *left_alone: str, role: ModuleRole = ModuleRole.APPLICATION) -> set[tuple[str, int, bool]]:
    tree = ast.parse(dedent(source))
    routes = (FILTER, ONE, COUNT)
    found = find_own_requests(_graph(role), {"app/clients.py": tree}, routes, left_alone)
    return {(f"{item.route.method} {item.route.path}", item.location.line, item.is_sure) for item in found}


@pytest.mark.parametrize(
    ("asks", "route", "is_sure"),
    [
        ('return await self._http.post("/variables/filter", json=names)', "POST /api/variables/filter", False),
        ('return await self._http.post("/api/variables/filter", json=names)', "POST /api/variables/filter", True),
        ('return await self._http.request("POST", url="/variables/filter")', "POST /api/variables/filter", False),
        ('return await self._http.get(f"/variables/{names}")', "GET /api/variables/{id}", False),
        ('return await self._http.get("/variables/count?a=1")', "GET /api/variables/count", False),
        ('return await self._http.post(f"/{names}/filter")', "POST /api/variables/filter", False),
        ('return await self.unseen.post("/api/variables/filter")', "POST /api/variables/filter", False),
    ],
)
def test_a_thin_client_asks(asks: str, route: str, is_sure: bool) -> None:
    """By a constant or a template, whole or below what the client's base URL adds."""
    found = _found(THIN.format(asks))
    assert {(name, sure) for name, _, sure in found} == {(route, is_sure)}


@pytest.mark.parametrize(
    "source",
    [
        'TestClient(app).post("/api/variables/filter")',
        'client = TestClient(app)\nclient.post("/api/variables/filter")',
        'with app.test_client() as client:\n    client.open("/api/variables/filter", method="POST")',
        'from django.test import Client\nClient().post("/api/variables/filter")',
        'from django.test import RequestFactory\nview(RequestFactory().post("/api/variables/filter"))',
        'async def ask():\n    async with AsyncClient(app=app) as c:\n        await c.post("/api/variables/filter")',
        'def made():\n    return TestClient(app)\n\n\nmade().post("http://testserver/api/variables/filter")',
    ],
)
def test_every_client_of_the_application_is_known(source: str) -> None:
    """Those of Starlette, Flask, Django and httpx, whatever way they are handed on."""
    assert {(name, is_sure) for name, _, is_sure in _found(source)} == {("POST /api/variables/filter", True)}


@pytest.mark.parametrize(
    "source",
    [
        'requests.post("http://other/api/variables/filter")\nclient.post("/api/variables/filter")',
        THIN.format('return await self._http.get("/variables/filter/more")'),
        THIN.format('return await self._http.post("/flows/filter")'),
        THIN.format("@router.post('/variables/filter')\n            def view(): ..."),
        'client = TestClient(app)\nresponse = client.get("/other")\nresponse.headers("/api/variables/count")',
    ],
)
def test_what_asks_for_something_else_is_none(source: str) -> None:
    """Nor is what registers a route, or a program that makes no such client."""
    assert _found(source) == set()


def test_tests_and_what_is_left_alone_ask_for_nothing() -> None:
    """A file, or a line of one, may be known to go through the gateway."""
    source = 'TestClient(app).post("/api/variables/filter")'
    assert _found(source, role=ModuleRole.TEST) == set()
    assert _found(source, "app/clients.py:1") == _found(source, "app/clients.py") == set()
    assert _found(source, "app/clients.py:2") != set()


def test_files_are_read_where_they_may_ask(tmp_path: Path) -> None:
    """The same is found by a reading of the files, and told with the place."""
    path = tmp_path / "app/clients.py"
    path.parent.mkdir()
    path.write_text('TestClient(app).post("/api/variables/filter")\n')
    found = read_own_requests(_graph(), lambda file: (tmp_path / file).read_bytes(), [FILTER])
    assert found == (
        OwnRequest(Location("app/clients.py", 1), "app.clients:<module>", FILTER, is_sure=True, by_own_client=True),
    )
    assert "v1 asks for it itself at app/clients.py:1" in found[0].told
