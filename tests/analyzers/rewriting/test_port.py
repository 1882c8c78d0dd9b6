"""The generated port, run: v1 is what was called before, v2 the service, the switch chooses."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from strangler_analyzers.rewriting.operations import Local, Remote
from tests.analyzers.rewriting.rewritten import apply, importable, plan_of
from tests.analyzers.source_tree import write

SOURCES = {
    "app/reviews/services.py": """
        import functools
        from collections.abc import Sequence
        from dataclasses import dataclass
        from datetime import date
        from decimal import Decimal
        from pathlib import Path

        @dataclass(frozen=True)
        class Summary:
            count: int
            average: float

        @dataclass(frozen=True)
        class Page:
            day: date
            price: Decimal | None
            summaries: list[Summary]

        def summary(book_id: int) -> Summary | None:
            return Summary(book_id, 0.5)

        def search(text: str, limit: int = 5, *, exact: bool = False, day: date | None = None) -> "list[str]":
            return [text] * limit

        def pages(books: Sequence[int], names: dict[str, str]) -> tuple[Page, ...]:
            return tuple(Page(date(2026, 1, book), None, []) for book in books if names)

        def rename(pk: int, name: str) -> None:
            Path("names.txt").write_text(name)

        async def recent(limit: int) -> list[int]:
            return list(range(limit))

        def sorts(items: list[int]) -> int:
            items.sort()
            return items[0]

        def checked(pk: int) -> int:
            if pk < 0:
                raise ValueError(pk)
            return pk

        def untyped(a, b=2):
            return a, b

        def anything(a: int, /, b: int, *rest: int, c: int = 3, **more: int) -> tuple[object, ...]:
            return a, b, rest, c, more

        def computed(a: int, b: int = len("abc")) -> int:
            return a + b

        @functools.lru_cache
        def cached(a: int) -> int:
            return a

        def piecewise(n: int):
            yield from range(n)
    """,
    "app/web.py": """
        from app.reviews import services

        def summary(pk):
            return services.summary(pk)

        def search(text):
            return services.search(text, exact=True)

        def pages():
            return services.pages([1, 2], names={"a": "b"})

        def rename(pk):
            return services.rename(pk, name="new")

        async def recent():
            return await services.recent(2)

        def others():
            return (
                services.sorts([2, 1]), services.checked(1), services.untyped(1), services.untyped(1, b=3),
                services.anything(1, 2, 3, c=4, d=5), services.computed(1), services.cached(7),
                list(services.piecewise(3)),
            )
    """,
}
REQUESTS = {
    "summary": "GET /books/{book_id}/reviews",
    "search": "GET /reviews",
    "pages": "POST /pages",
    "rename": "PATCH /reviews/{pk}",
    "recent": "GET /recent",
    "sorts": "GET /sorts",
    "checked": "GET /checked",
    "untyped": "GET /untyped",
}

Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rewritten monolith."""
    folder = write(tmp_path_factory.mktemp("port"), SOURCES)
    apply(plan_of(folder, REQUESTS), folder)
    return folder


@pytest.fixture
def port(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Port]:
    """The port, switched to v1."""
    monkeypatch.chdir(root)
    monkeypatch.delenv("REVIEWS_SIDE", raising=False)
    with importable(root):
        yield Port(importlib.import_module)


class Port:
    """The modules of the port, and a service that answers as a test wants."""

    def __init__(self, load: Callable[[str], ModuleType]) -> None:
        self.web: Any = load("app.web")
        self.client: Any = load("app.reviews_port.client")
        self.side: Any = load("app.reviews_port.side")
        self.services: Any = load("app.reviews.services")
        self.switch: Any = load("app.reviews_port.switch").reviews_port
        self._v2: Any = load("app.reviews_port.v2").ReviewsV2
        self.requests: list[httpx.Request] = []
        self.pauses: list[float] = []
        self.now = 0.0

    def answer(self, *answers: httpx.Response | Exception) -> None:
        """Let v2 give these answers, one after another, the last for ever."""
        left = list(answers)

        def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        transport = httpx.MockTransport(handle)
        options: dict[str, Any] = {"transport": transport, "clock": lambda: self.now}
        self.switch.__dict__["_v2"] = self._v2(
            self.client.Client("http://reviews", sleep=self.pauses.append, **options),
            self.client.AsyncClient("http://reviews", sleep=pause, **options),
        )


def test_with_the_switch_on_v1_calls_give_what_they_gave(port: Port) -> None:
    """Whatever the signature: defaults, stars, decorators, coroutines, generators."""
    services = port.services
    assert port.web.summary(3) == services.Summary(3, 0.5)
    assert port.web.search("a") == ["a"] * 5
    assert [page.day.day for page in port.web.pages()] == [1, 2]
    assert port.web.rename(1) is None
    assert asyncio.run(port.web.recent()) == [0, 1]
    assert port.web.others() == (1, 1, (1, 2), (1, 3), (1, 2, (3,), 4, {"d": 5}), 4, 7, [0, 1, 2])


def test_every_call_goes_through_the_port(root: Path) -> None:
    """Nothing of the inside is imported any more."""
    assert "services" not in (root / "app/web.py").read_text()


def test_what_can_not_cross_a_process_stays_on_v1(tmp_path: Path) -> None:
    """Each with its reason."""
    found = plan_of(write(tmp_path, SOURCES), REQUESTS).operations.sorted
    reasons = {item.name: item.answer.reason for item in found if isinstance(item.answer, Local)}
    assert sorted(item.name for item in found if isinstance(item.answer, Remote)) == [
        "pages",
        "recent",
        "rename",
        "search",
        "summary",
    ]
    assert reasons == {
        "anything": "rest has no single type",
        "cached": "it is decorated, or a default is computed",
        "checked": "it may raise an exception (app/reviews/services.py:40), which no answer tells",
        "computed": "it is decorated, or a default is computed",
        "piecewise": "it answers piece by piece",
        "sorts": "it may change the items it is given",
        "untyped": "a has no single type",
    }


def test_what_has_parts_needs_a_body(tmp_path: Path) -> None:
    """A list in a query would reach the service as the text Python makes of it."""
    found = plan_of(write(tmp_path, SOURCES), {"pages": "GET /pages"}).operations.sorted
    (answer,) = (item.answer for item in found if item.name == "pages")
    assert answer == Local("books has parts, and does not stand in a body")


def test_v2_asks_the_service_and_answers_with_the_types_of_v1(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters go to the path, the query or the body; fields the monolith does not know are ignored."""
    monkeypatch.setenv("REVIEWS_SIDE", "v2")
    port.answer(httpx.Response(200, json={"count": 2, "average": 4, "pages": 1}))
    assert port.web.summary(3) == port.services.Summary(2, 4.0)
    assert str(port.requests[-1].url) == "http://reviews/books/3/reviews"
    port.answer(httpx.Response(200, json=["x"]))
    assert port.web.search("a b") == ["x"]
    assert dict(port.requests[-1].url.params) == {"text": "a b", "limit": "5", "exact": "true"}
    port.answer(
        httpx.Response(
            200,
            json=[{"day": "2026-03-01", "price": "1.50", "summaries": [{"count": 1, "average": 0.5}]}],
        )
    )
    (page,) = port.web.pages()
    assert (str(page.day), str(page.price), page.summaries) == ("2026-03-01", "1.50", [port.services.Summary(1, 0.5)])
    assert json.loads(port.requests[-1].content) == {"books": [1, 2], "names": {"a": "b"}}
    port.answer(httpx.Response(200, json=[5]))
    assert asyncio.run(port.web.recent()) == [5]


def test_a_missing_thing_is_none_where_v1_answers_none(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere 404 is an error like others."""
    monkeypatch.setenv("REVIEWS_SIDE", "v2")
    port.answer(httpx.Response(404))
    assert port.web.summary(3) is None
    with pytest.raises(port.client.ServiceRefused, match="answered 404"):
        port.web.search("a")


@pytest.mark.parametrize(
    "answer", [{"count": "2", "average": 4}, {"count": 2}, [1], None, {"count": True, "average": 1}]
)
def test_an_answer_of_another_type_is_an_error(answer: object, port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """It never gets into the monolith."""
    monkeypatch.setenv("REVIEWS_SIDE", "v2")
    port.answer(httpx.Response(200, json=[answer]))
    with pytest.raises(port.client.ServiceError):
        port.web.summary(3)


def test_reads_are_asked_again_and_writes_only_if_they_never_got_there(
    port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt of a write has the same idempotency key."""
    monkeypatch.setenv("REVIEWS_SIDE", "v2")
    good = httpx.Response(200, json={"count": 2, "average": 4})
    port.answer(httpx.ReadTimeout("slow"), httpx.Response(503), good)
    assert port.web.summary(3).count == 2
    assert len(port.requests) == 3
    assert port.pauses == [0.1, 0.2]
    assert all("idempotency-key" not in request.headers for request in port.requests)
    port.requests.clear()
    port.answer(httpx.ConnectError("refused"), httpx.Response(204))
    assert port.web.rename(1) is None
    assert len({request.headers["idempotency-key"] for request in port.requests}) == 1
    port.requests.clear()
    port.answer(httpx.ReadTimeout("slow"), httpx.Response(204))
    with pytest.raises(port.client.ServiceUnavailable):
        port.web.rename(1)
    assert len(port.requests) == 1


def test_a_service_that_fails_is_left_alone_for_a_while(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """After five failures in a row nobody waits; ten seconds later one may try."""
    monkeypatch.setenv("REVIEWS_SIDE", "v2")
    port.answer(httpx.ConnectError("refused"))
    for _ in range(5):
        with pytest.raises(port.client.ServiceUnavailable):
            port.web.summary(3)
    asked = len(port.requests)
    with pytest.raises(port.client.ServiceUnavailable, match="left alone"):
        port.web.summary(3)
    assert len(port.requests) == asked
    port.now = 11.0
    with pytest.raises(port.client.ServiceUnavailable, match="refused"):
        port.web.summary(3)
    assert len(port.requests) > asked


def test_an_operation_that_nobody_has_written_yet_stops_no_other(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """501 says that the service is well; in the middle of a move it is the ordinary answer."""
    monkeypatch.setenv("REVIEWS_SIDE", "v2")
    port.answer(*[httpx.Response(501, json={"error": "write it"})] * 8, httpx.Response(200, json=["b"]))
    for _ in range(8):
        with pytest.raises(port.client.ServiceError, match="501"):
            port.web.search("a")
    assert port.web.search("a") == ["b"]


def test_the_trace_of_a_request_goes_on(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a span of its own; outside of a request a trace begins."""
    monkeypatch.setenv("REVIEWS_SIDE", "v2")
    port.answer(httpx.Response(404))
    trace = "0af7651916cd43dd8448eb211c80319c"
    with port.side.asking(traceparent=f"00-{trace}-b7ad6b7169203331-01"):
        port.web.summary(3)
    port.web.summary(3)
    first, second = (request.headers["traceparent"].split("-") for request in port.requests)
    assert first[1] == trace
    assert first[2] != "b7ad6b7169203331"
    assert first[3] == "01"
    assert second[1] != trace
    assert len(second[1]) == 32


def _went_to_v2(port: Port) -> bool:
    before = len(port.requests)
    port.web.summary(3)
    return len(port.requests) > before


def test_a_request_chooses_by_header_or_cookie_and_the_header_wins(port: Port) -> None:
    """Whatever the process says."""
    port.answer(httpx.Response(404))
    assert not _went_to_v2(port)
    with port.side.asking(header="v2", cookies="reviews_side=v1"):
        assert _went_to_v2(port)
    with port.side.asking(cookies="a=b; reviews_side=v2"):
        assert _went_to_v2(port)
    with port.side.asking(header="v3"):
        assert not _went_to_v2(port)
    assert not _went_to_v2(port)


def test_a_share_moves_reads_only_and_nobody_back(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client stays where it is while the share grows; writes stay on v1."""
    port.answer(httpx.Response(404))
    clients = [f"sessionid=client{number}" for number in range(200)]

    def moved(share: str) -> set[str]:
        monkeypatch.setenv("REVIEWS_SIDE", share)
        found: set[str] = set()
        for client in clients:
            with port.side.asking(cookies=client):
                if _went_to_v2(port):
                    found.add(client)
                before = len(port.requests)
                port.web.rename(1)
                assert len(port.requests) == before
        return found

    few, many = moved("10%"), moved("50%")
    assert 5 <= len(few) <= 40
    assert few < many
    assert moved("0%") == set()
    assert moved("100%") == set(clients)
    monkeypatch.setenv("REVIEWS_SIDE", "some")
    with pytest.raises(ValueError, match="must be v1, v2 or a share"):
        port.web.summary(3)


def test_each_kind_of_middleware_tells_the_switch_of_the_request(port: Port) -> None:
    """Django's, that of WSGI and that of ASGI."""
    port.answer(httpx.Response(404))

    class Request:
        headers = httpx.Headers({"X-Reviews-Side": "v2"})

    def wsgi(*_: object) -> list[bytes]:
        return [str(_went_to_v2(port)).encode()]

    sent: list[bool] = []

    async def asgi(*_: object) -> None:
        sent.append(_went_to_v2(port))

    def django(_: object) -> bool:
        return _went_to_v2(port)

    assert port.side.DjangoMiddleware(django)(Request())
    assert list(port.side.WsgiMiddleware(wsgi)({"HTTP_X_REVIEWS_SIDE": "v2"}, print)) == [b"True"]
    scope = {"type": "http", "headers": [(b"x-reviews-side", b"v2")]}
    asyncio.run(port.side.AsgiMiddleware(asgi)(scope, None, None))
    assert sent == [True]
