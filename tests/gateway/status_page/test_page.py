"""The live status page, as bytes and in a real browser."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from strangler_gateway.admin.api import create_admin_app
from strangler_gateway.admin.collection import Collection
from strangler_gateway.admin.orders import OwnOrders
from strangler_gateway.status_page.page import status_page
from tests.components import chromium_path
from tests.gateway.running import READER, TOKEN, Side, plan, running_gateway, served, two_sides

pytestmark = pytest.mark.anyio

HOSTILE = "</script><img src=x onerror=\"document.title='taken'\">&amp;"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--virtual-time-budget=8000", "--dump-dom")


async def test_the_page_keeps_no_secret_and_may_run_nothing_but_its_own_script() -> None:
    """It is the same for everybody; the policy names its contents by their hashes, and no other place."""
    async with two_sides() as (gateway, v1, _), httpx.AsyncClient(base_url=f"http://{gateway.admin}") as client:
        answer = await client.get("/")
        assert (answer.status_code, answer.text) == (200, status_page()[0])
        assert (await gateway.client.get("/")).text == "v1"
        assert len(v1.seen) == 1
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'; connect-src 'self';" in policy
    assert "unsafe" not in policy
    for name, element in (("script-src", "script"), ("style-src", "style")):
        content = re.search(rf"<{element}>(.*?)</{element}>", answer.text, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{name} 'sha256-{digest}'" in policy
    assert TOKEN.reveal() not in answer.text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|https?://", answer.text)


def with_token(app: ASGIApp) -> ASGIApp:
    """Return the admin listener with a page that does what a reader does who types the token."""
    page = f"<script>sessionStorage.setItem('token', '{READER.reveal()}'); location.replace('/')</script>".encode()

    async def seeded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/typed":
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": page})

    return seeded


async def shown(url: str, profile: Path) -> str:
    """Return what a browser makes of a page after some seconds."""
    chromium = chromium_path()
    assert chromium is not None
    command = (chromium, *FLAGS, f"--user-data-dir={profile}", url)
    browser = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(120):
        document, _ = await browser.communicate()
    return document.decode()


@pytest.mark.browser
async def test_the_page_shows_what_the_gateway_does_and_names_as_they_are(tmp_path: Path) -> None:
    """Markup in the name of a route is shown, never run."""
    async with served(Side("v1")) as first:
        base = plan(f"http://{first}", share=100)
        hostile = replace(base.routes[1], path=f"/{HOSTILE}/{{id}}")
        base = replace(base, routes=(base.routes[0], hostile))
        async with running_gateway(base) as gateway:
            for _ in range(6):
                assert await gateway.get("/reviews") == "v1"
            orders = OwnOrders(gateway.control, Collection(gateway.relay), gateway.relay.shadowing)
            await gateway.control.shift("reviews", 30, [hostile.name])
            gateway.control.problems = (f"refused {HOSTILE}",)
            async with served(with_token(create_admin_app(orders, TOKEN, READER))) as admin:
                document = await shown(f"http://{admin}/typed", tmp_path)
    assert "<title>strangler gateway</title>" in document
    body = document[document.index("<main") : document.index("</main>")]
    assert "&lt;/script&gt;&lt;img src=x onerror=" in body
    assert "<img" not in body
    assert "30 % of * /&lt;/script&gt;" in body
    assert '<td>GET,POST /reviews</td><td>v1</td><td class="number">6</td>' in body
    assert '<td>v2 of reviews</td><td><span class="bad">open</span></td><td class="number">1</td>' in body


@pytest.mark.browser
async def test_the_page_asks_for_a_token_and_says_when_it_is_wrong(tmp_path: Path) -> None:
    """Nothing is shown until then."""
    async with two_sides() as (gateway, _, _):
        document = await shown(f"http://{gateway.admin}/", tmp_path / "first")
        assert '<form id="ask">' in document
        assert '<main id="shown"></main>' in document
        orders = OwnOrders(gateway.control, Collection(gateway.relay), gateway.relay.shadowing)
        async with served(with_token(create_admin_app(orders, TOKEN))) as admin:
            document = await shown(f"http://{admin}/typed", tmp_path / "second")
        assert "this token is not known" in document
        assert '<form id="ask">' in document
