"""Who is asking, as the port tells the service: found out in the monolith's own process, signed as by the gateway."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import jwt
import pytest

from strangler.model.identity import Claim, ClaimSource, IdentityTerms
from strangler.model.progress import SilentProgress
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze
from strangler_analyzers.rewriting.answering import Answering, Signing
from strangler_analyzers.rewriting.plan import plan_rewrite
from tests.analyzers.rewriting.rewritten import BOUNDARY, apply, importable
from tests.analyzers.source_tree import write

SOURCES = {
    "app/reviews/services.py": """
        def shouted(text: str) -> str:
            return text.upper()

        async def recent(limit: int) -> list[int]:
            return []
    """,
    "app/web.py": """
        from app.reviews import services

        def page():
            return services.shouted("a")

        async def later():
            return await services.recent(2)
    """,
}
CLAIMS = (
    Claim("id", ClaimSource.JSON, ("user", "id")),
    Claim("role", ClaimSource.HEADER, ("X-Role",)),
    Claim("missing", ClaimSource.JSON, ("user", "name")),
)
KEY = "a key that is long enough for this"


class Monolith:
    """The rewritten monolith, with a service that keeps the identities it is told."""

    def __init__(self, load: Callable[[str], ModuleType]) -> None:
        self.web: Any = load("app.web")
        self.side: Any = load("app.reviews_port.side")
        self.unknown: type[Exception] = load("app.reviews_port.identity").UnknownIdentity
        self.told: list[str | None] = []
        self.asked = 0
        client: Any = load("app.reviews_port.client")
        transport = httpx.MockTransport(self._answer)
        load("app.reviews_port.switch").reviews_port.__dict__["_v2"] = load("app.reviews_port.v2").ReviewsV2(
            client.Client("http://reviews", transport=transport),
            client.AsyncClient("http://reviews", transport=transport),
        )

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.told.append(request.headers.get("X-Strangler-Identity"))
        return httpx.Response(200, json="A" if request.url.path == "/shouted" else [])

    def whoami(self, method: str, credentials: str) -> tuple[int, list[tuple[str, str]], bytes]:
        """The monolith's own answer to who is asking."""
        self.asked += 1
        assert method == "GET"
        status = {"": 401, "broken": 500}.get(credentials, 200)
        return status, [("X-Role", "staff")], json.dumps({"user": {"id": credentials}}).encode()

    def claims(self) -> object:
        """What the service believes of the last request."""
        token = self.told[-1]
        if token is None:
            return None
        assert len(jwt.get_unverified_header(token)["kid"]) == 16
        return jwt.decode(token, KEY, ["HS256"], audience="reviews", issuer="strangler")["who"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rewritten monolith whose gateway asks ``/me`` who somebody is."""
    folder = write(tmp_path_factory.mktemp("identity"), SOURCES)
    graph = SystemGraph(analyze(folder, SilentProgress(), workers=1))
    requests = {"shouted": "GET /shouted", "recent": "GET /recent"}
    answering = Answering(requests, signing=Signing(IdentityTerms("/me", claims=CLAIMS), "IDENTITY_KEY"))
    apply(plan_rewrite(graph, BOUNDARY, lambda file: (folder / file).read_bytes(), answering), folder)
    return folder


@pytest.fixture
def monolith(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Monolith]:
    """The monolith, switched to v2."""
    monkeypatch.setenv("REVIEWS_SIDE", "v2")
    monkeypatch.setenv("IDENTITY_KEY", KEY)
    with importable(root):
        yield Monolith(importlib.import_module)


def _by_wsgi(monolith: Monolith, credentials: str) -> None:
    def app(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        if environ["PATH_INFO"] == "/me":
            status, headers, body = monolith.whoami(environ["REQUEST_METHOD"], environ["HTTP_AUTHORIZATION"])
            start(f"{status} as it is", headers)
            return [body]
        monolith.web.page()
        return [str(monolith.web.page()).encode()]

    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/page", "HTTP_AUTHORIZATION": credentials}
    list(monolith.side.WsgiMiddleware(app)(environ, print))


def _by_asgi(monolith: Monolith, credentials: str, answer: Callable[[], Any]) -> None:
    async def app(scope: dict[str, Any], _: object, send: Callable[..., Any]) -> None:
        if scope["path"] != "/me":
            await answer()
            return
        status, headers, body = monolith.whoami(scope["method"], dict(scope["headers"])[b"authorization"].decode())
        raw = [(name.encode(), text.encode()) for name, text in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})

    headers = [(b"authorization", credentials.encode()), (b"content-length", b"9")]
    scope = {"type": "http", "method": "POST", "path": "/page", "headers": headers}
    asyncio.run(monolith.side.AsgiMiddleware(app)(scope, None, None))


def test_the_service_is_told_who_is_asking(monolith: Monolith) -> None:
    """The monolith is asked once for a request, with its credentials; nobody has no identity."""
    _by_wsgi(monolith, "ada")
    assert monolith.claims() == {"id": "ada", "role": "staff"}
    assert (len(monolith.told), monolith.asked) == (2, 1)
    _by_wsgi(monolith, "")
    assert monolith.claims() is None
    monolith.web.page()
    assert monolith.claims() is None
    assert monolith.asked == 2


def test_coroutines_and_their_threads_tell_it_too(monolith: Monolith) -> None:
    """An operation that is awaited, and one that is called in a thread; in the loop itself it cannot be told."""
    _by_asgi(monolith, "ben", monolith.web.later)
    assert monolith.claims() == {"id": "ben", "role": "staff"}
    _by_asgi(monolith, "eve", lambda: asyncio.to_thread(monolith.web.page))
    assert monolith.claims() == {"id": "eve", "role": "staff"}

    async def in_the_loop() -> None:
        with pytest.raises(RuntimeError, match="call the port in a thread, or await it"):
            monolith.web.page()

    told = len(monolith.told)
    _by_asgi(monolith, "eve", in_the_loop)
    assert len(monolith.told) == told


def test_nobody_asks_in_the_name_of_a_stranger(monolith: Monolith, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the monolith does not say who it is, or there is no key, the service is not asked."""
    with pytest.raises(monolith.unknown, match="/me answered 500"):
        _by_wsgi(monolith, "broken")
    monkeypatch.delenv("IDENTITY_KEY")
    with pytest.raises(monolith.unknown, match="IDENTITY_KEY is not set"):
        _by_wsgi(monolith, "ada")
    assert monolith.told == []
