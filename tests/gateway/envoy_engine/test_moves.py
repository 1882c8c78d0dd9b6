"""What a cut-over asks of a gateway whose bytes Envoy carries: hold, count, authority, release."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from strangler.model.authority import Side as Authority
from strangler.project import RouteMatch
from strangler_gateway.admin.client import AdminClient, GatewayRefusedError
from strangler_gateway.admin.messages import HoldRequest
from strangler_gateway.in_flight import SideCount
from strangler_gateway.metrics.exposition import exposition
from tests.gateway.envoy_engine.rig import project, running
from tests.gateway.running import Side, served

pytestmark = [pytest.mark.anyio, pytest.mark.envoy]


@dataclass(frozen=True, slots=True)
class Stage:
    """Clients, the administrator, and both applications."""

    client: httpx.AsyncClient
    admin: AdminClient
    v1: Side
    v2: Side

    async def hold(self, epoch: int = 2, seconds: float = 30, *routes: RouteMatch) -> None:
        """Let the writes of the reviews wait."""
        await asyncio.to_thread(self.admin.hold, HoldRequest("reviews", epoch, 100, seconds, routes))

    async def post(self, path: str) -> str:
        """Write, and return who answers."""
        response = await self.client.post(path, content=b"text")
        assert response.status_code == 200, response.text
        return response.text

    async def waiting(self, number: int) -> None:
        """Wait until so many requests wait."""
        await self.until(lambda: self.admin.in_flight("reviews").waiting == number)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until an answer of the administrator's interface is as it should be."""
        async with asyncio.timeout(60):
            while not await asyncio.to_thread(condition):
                pass


@asynccontextmanager
async def stage(folder: Path) -> AsyncGenerator[Stage]:
    """Run everything."""
    v1, v2 = Side("v1"), Side("v2")
    async with served(v1) as first, served(v2) as second:
        path = project(folder, f"http://{first}", f"http://{second}")
        with running(path) as made, made.gateway() as (_, admin):
            async with httpx.AsyncClient(base_url=f"http://{made.front}", timeout=30, trust_env=False) as client:
                try:
                    yield Stage(client, admin, v1, v2)
                finally:
                    v1.open.set()
                    v2.open.set()


async def test_held_writes_reach_the_new_authority_and_none_is_lost(tmp_path: Path) -> None:
    """Reads and other routes pass while writes wait; after the release all of them arrive at v2, and only there."""
    async with stage(tmp_path) as made:
        await made.hold()
        held = [asyncio.create_task(made.post(f"/reviews/{number}")) for number in range(50)]
        await made.waiting(50)
        assert (await made.client.get("/reviews")).text == "v1"
        assert await made.post("/basket") == "v1"
        assert {(method, path) for method, path, _, _ in made.v1.seen} == {("GET", "/reviews"), ("POST", "/basket")}
        await asyncio.to_thread(made.admin.authority, "reviews", Authority.V2, 2)
        await made.waiting(50)
        await asyncio.to_thread(made.admin.release, "reviews", 2)
        assert await asyncio.gather(*held) == ["v2"] * 50
        assert sorted(path for _, path, _, _ in made.v2.seen) == sorted(f"/reviews/{number}" for number in range(50))
        assert all(body == b"text" for _, _, _, body in made.v2.seen)
        assert await made.post("/reviews") == "v2"
        assert (await made.client.get("/reviews")).text == "v2"


async def test_who_asks_is_told_in_the_same_words_whichever_way_a_request_takes(tmp_path: Path) -> None:
    """An application cannot tell the detour: every field but the id of the request is the same."""
    async with stage(tmp_path) as made:
        fields = {"X-Forwarded-For": "192.0.2.1", "X-Request-ID": "one", "X-Other": "a", "Connection": "x-other"}
        await made.client.get("/reviews", headers=fields)
        await made.hold()
        await made.client.get("/reviews", headers=fields)
        direct, around = (seen[2] for seen in made.v1.seen)
        assert around == direct
        assert around["x-forwarded-for"] == "127.0.0.1"


async def test_writes_that_run_when_the_hold_comes_are_counted_until_they_are_over(tmp_path: Path) -> None:
    """Those of the service, and of no other route; reads and what came before them do not count."""
    async with stage(tmp_path) as made:
        made.v1.open.clear()
        written = [asyncio.create_task(made.post("/reviews")) for _ in range(5)]
        other, read = asyncio.create_task(made.post("/basket")), asyncio.create_task(made.client.get("/reviews"))
        await made.until(lambda: len(made.v1.seen) == 7)
        await made.hold()
        held = asyncio.create_task(made.post("/reviews"))
        await made.waiting(1)
        count = await asyncio.to_thread(made.admin.in_flight, "reviews")
        assert (count.v1.write, count.v2, count.holding) == (5, SideCount(), True)
        made.v1.open.set()
        assert {await one for one in written} == {"v1"}
        assert (await other, (await read).text) == ("v1", "v1")
        await made.until(lambda: made.admin.in_flight("reviews").v1 == SideCount())
        await made.waiting(1)
        await asyncio.to_thread(made.admin.authority, "reviews", Authority.V1, 2)
        await asyncio.to_thread(made.admin.release, "reviews", 2)
        assert await held == "v1"


async def test_requests_for_the_further_routes_wait_and_count_as_writes(tmp_path: Path) -> None:
    """A route of the monolith that writes the tables being moved is held too, even when its method is GET."""
    async with stage(tmp_path) as made:
        made.v1.open.clear()
        before = asyncio.create_task(made.client.get("/account/forget"))
        await made.until(lambda: len(made.v1.seen) == 1)
        await made.hold(2, 30, RouteMatch("/account/{what}", ("GET",)))
        held = asyncio.create_task(made.client.get("/account/leave"))
        await made.waiting(1)
        assert (await asyncio.to_thread(made.admin.in_flight, "reviews")).v1.write == 1
        made.v1.open.set()
        await made.until(lambda: made.admin.in_flight("reviews").v1.write == 0)
        await asyncio.to_thread(made.admin.authority, "reviews", Authority.V1, 2)
        await asyncio.to_thread(made.admin.release, "reviews", 2)
        assert [(await one).text for one in (before, held)] == ["v1", "v1"]


async def test_a_hold_ends_by_itself_and_so_does_the_detour(tmp_path: Path) -> None:
    """What waited goes on to v1, and Envoy sends everything there itself again."""
    async with stage(tmp_path) as made:
        await made.hold(2, 1)
        assert await made.post("/reviews") == "v1"
        assert not (await asyncio.to_thread(made.admin.in_flight, "reviews")).holding
        routes = tmp_path / ".strangler" / "envoy" / "routes.json"
        await made.until(lambda: "~plane" not in routes.read_text(encoding="utf-8"))
        text = "".join(exposition((await asyncio.to_thread(made.admin.measures)).measures))
        assert 'requests_total{service="reviews",route="GET,POST /reviews",side="v1",code="2xx"} 1\n' in text


async def test_a_late_hold_is_refused_and_nothing_takes_a_detour(tmp_path: Path) -> None:
    """It comes from a move that is over."""
    async with stage(tmp_path) as made:
        await asyncio.to_thread(made.admin.authority, "reviews", Authority.V1, 5)
        with pytest.raises(GatewayRefusedError, match="epoch 2 of reviews is over"):
            await made.hold()
        assert "~plane" not in (tmp_path / ".strangler" / "envoy" / "routes.json").read_text(encoding="utf-8")
