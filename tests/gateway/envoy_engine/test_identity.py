"""Who is asking, signed for a service whose requests Envoy carries."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.gateway.envoy_engine.rig import Rig, project, readers, running
from tests.gateway.identity.test_identities import HEADER, identities
from tests.gateway.running import Side, served

pytestmark = [pytest.mark.anyio, pytest.mark.envoy]

IDENTITY = """
[gateway.identity]
whoami = "/whoami"
key = "${KEY}"
"""


@asynccontextmanager
async def applications(folder: Path, share: float, more: str = "") -> AsyncGenerator[tuple[Rig, Side, Side]]:
    """Run both applications, of which the service wants to know who asks."""
    v1, v2 = Side("v1"), Side("v2")
    async with served(v1) as first, served(v2) as second:
        path = project(folder, f"http://{first}", f"http://{second}", share)
        path.write_text(path.read_text(encoding="utf-8") + IDENTITY + more, encoding="utf-8")
        with running(path) as made:
            yield made, v1, v2


@asynccontextmanager
async def stage(folder: Path, share: float, more: str = "") -> AsyncGenerator[tuple[httpx.AsyncClient, Side, Side]]:
    """Run a gateway in front of them."""
    async with applications(folder, share, more) as (made, v1, v2):
        with made.gateway():
            async with httpx.AsyncClient(base_url=f"http://{made.front}", timeout=30, trust_env=False) as client:
                yield client, v1, v2


async def test_a_request_has_the_identity_its_monolith_knows(tmp_path: Path) -> None:
    """Signed by the key of the project, asked for once, whatever the client says of itself."""
    async with stage(tmp_path, 100) as (client, v1, v2):
        for _ in range(5):
            answer = await client.get("/reviews?a=1", headers={"Cookie": "s=1", HEADER: "me"})
            assert (answer.status_code, answer.text) == (200, "v2")
        assert (v1.asked, identities(v2)) == (1, [{"id": 7}] * 5)
        assert (await client.get("/reviews")).text == "v2"
        assert identities(v2)[-1] is None


async def test_the_monolith_is_shown_no_identity(tmp_path: Path) -> None:
    """Neither where a share sends the client, nor on routes that are its own."""
    async with stage(tmp_path, 50) as (client, v1, v2):
        answers = {
            (await client.get("/reviews", headers={"Cookie": f"s={n}", "X-User": f"{n}"})).text for n in range(40)
        }
        await client.post("/basket", headers={"Cookie": "s=1"})
        assert answers == {"v1", "v2"}
        assert not any(HEADER in headers for _, _, headers, _ in v1.seen)
        assert set(map(str, identities(v2))) == {"{'id': 7}"}


async def test_nobody_is_refused_where_the_project_says_so(tmp_path: Path) -> None:
    """In the gateway's own words."""
    async with stage(tmp_path, 100, 'nobody = "refuse"\n') as (client, v1, v2):
        v1.whoami = (401, b"")
        answer = await client.get("/reviews", headers={"Cookie": "s=1"})
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert v2.seen == []


async def test_requests_wait_for_who_signs_where_that_is_killed_and_started_again(tmp_path: Path) -> None:
    """None of the reads fails, and none reaches v2 without the identity."""
    async with applications(tmp_path, 100) as (made, _, v2):
        with ExitStack() as stack:
            gateway, _ = stack.enter_context(made.gateway())
            async with readers(made.front, fields=b"Cookie: s=1\r\n") as reading:
                await reading.more(100)
                gateway.send_signal(signal.SIGKILL)
                await asyncio.to_thread(gateway.wait)
                before = reading.answers.total()
                await asyncio.to_thread(lambda: stack.enter_context(made.gateway()))
                await reading.more(200)
                assert reading.answers.total() - before >= 200
        assert not reading.failures
        assert set(reading.answers) == {(200, "v2")}
        assert set(map(str, identities(v2))) == {"{'id': 7}"}
