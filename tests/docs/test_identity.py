"""What the page about the gateway shows a service to read the identity with."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from strangler.model.identity import LEEWAY_SECONDS, IdentityTerms
from strangler.project_reader import parse_project
from strangler.secret import Secret
from strangler_gateway.identity.token import Signer

PAGE = (Path(__file__).parents[2] / "docs" / "gateway.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## Identity") : PAGE.index("## Admin API")]
OLD, NEW = "o" * 32, "n" * 32
Verifier = Callable[[str | None, str, list[str]], object]


@pytest.fixture
def who_asks() -> Verifier:
    """The function of the page."""
    (example,) = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    return names["who_asks"]


def token(key: str, now: float | None = None, service: str = "reviews") -> str:
    """Return what the gateway sends."""
    return Signer(service, Secret(key), 60).token({"id": 7}, time.time() if now is None else now).decode()


def test_a_service_reads_who_is_asking(who_asks: Verifier) -> None:
    """With the old key and with the new one while it knows both; nobody has no header."""
    assert [who_asks(token(key), "reviews", [OLD, NEW]) for key in (OLD, NEW)] == [{"id": 7}] * 2
    assert who_asks(None, "reviews", [OLD]) is None


def test_a_service_takes_nothing_else(who_asks: Verifier) -> None:
    """Signed with a key that is gone, for another service, long ago, changed, or invented."""
    for header in (token(OLD), token(NEW, service="orders"), token(NEW, now=1e9), token(NEW)[:-4] + "AAAA", "me"):
        with pytest.raises(jwt.InvalidTokenError):
            who_asks(header, "reviews", [NEW])


@pytest.mark.parametrize("ahead", [-(60 + LEEWAY_SECONDS - 5), LEEWAY_SECONDS - 5])
def test_a_gateway_whose_clock_differs_by_less_than_the_leeway_is_believed(who_asks: Verifier, ahead: float) -> None:
    """In both directions; a token lives for 60 s here."""
    assert who_asks(token(NEW, now=time.time() + ahead), "reviews", [NEW]) == {"id": 7}


@pytest.mark.parametrize("ahead", [-(60 + LEEWAY_SECONDS + 5), LEEWAY_SECONDS + 5])
def test_a_gateway_whose_clock_differs_by_more_is_not_believed(who_asks: Verifier, ahead: float) -> None:
    """The page says so, and `doctor` warns long before."""
    with pytest.raises(jwt.InvalidTokenError):
        who_asks(token(NEW, now=time.time() + ahead), "reviews", [NEW])


def test_the_defaults_of_the_page_are_the_defaults() -> None:
    """Written out, they change nothing."""
    (block,) = re.findall(r"^    \[gateway.identity\].*?(?=\n\n[A-Z])", SECTION, re.DOTALL | re.MULTILINE)
    identity = parse_project(re.sub(r"^    ", "", block, flags=re.MULTILINE)).gateway.identity
    assert identity is not None
    assert identity.terms == IdentityTerms("/api/whoami")


def test_a_generated_service_tells_its_handlers_who_asks(who_asks: Verifier) -> None:
    """By the middleware of the page about generating; what is no good reaches no handler, and nobody is left over."""
    page = (Path(__file__).parents[2] / "docs" / "generate.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"### Who asks\n.*?```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {"who_asks": who_asks}
    exec(example, names)

    async def handler(_: Request) -> JSONResponse:
        return JSONResponse([names["user"].get(), str(names["address"].get())])

    application = Starlette(routes=[Route("/reviews", handler)])
    application.add_middleware(names["Asking"], service="reviews", keys=[NEW])

    async def answers() -> list[httpx.Response]:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.example") as client:
            headers = [{"X-Strangler-Identity": header} for header in (token(NEW), token(OLD))]
            return [await client.get("/reviews?page=2", headers=each) for each in (*headers, {})]

    known, forged, nobody = asyncio.run(answers())
    assert known.json() == [{"id": 7}, "http://shop.example/reviews?page=2"]
    assert forged.status_code == 401
    assert nobody.json() == [None, "http://shop.example/reviews?page=2"]
