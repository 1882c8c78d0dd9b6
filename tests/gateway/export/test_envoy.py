"""What is written for Envoy, tried with the real one."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from strangler.demo.processes import free_port
from strangler.model.authority import Side as Authority
from strangler.project import Address
from strangler_gateway.export.envoy.configuration import static_configuration
from strangler_gateway.routing.plan import Route
from tests.gateway.envoy_process import refused_by_envoy, running_envoy
from tests.gateway.export.fronts import BY_USER, LIES, client, drawn_rules, plan, sides_of
from tests.gateway.export.shop import PROJECT, setting
from tests.gateway.running import Side, served

pytestmark = [pytest.mark.anyio, pytest.mark.envoy]


async def test_envoy_accepts_what_is_written(tmp_path: Path) -> None:
    """By its own validation mode: a plan with something of everything."""
    assert not await refused_by_envoy(tmp_path, static_configuration(setting()))


@pytest.mark.parametrize(
    "more",
    [
        '[gateway.forwarding]\ntrusted = ["10.0.0.0/8", "::1"]\nvia = "shop"',
        "[gateway.forwarding]\ntrusted_hops = 2",
        "[gateway.limits]\nmost_requests = 5\nconnection_seconds = 60\nmost_fields = 50\nmost_head = 20000",
        "[monolith.resilience]\neject_failures = 0\nretries = 0\nretry_ratio = 0\ntry_seconds = 0.5",
        '[monolith.tls]\nverify = false\n[services.unused]\nupstreams = ["http://127.0.0.1:1"]',
    ],
)
async def test_envoy_accepts_every_choice(tmp_path: Path, more: str) -> None:
    """Whatever else is chosen in the file."""
    text = PROJECT.replace("http://127.0.0.1:8000", "https://127.0.0.1:8000") if "tls" in more else PROJECT
    assert not await refused_by_envoy(tmp_path, static_configuration(setting(text + "\n" + more)))


async def test_the_rule_that_wins_here_wins_there(tmp_path: Path) -> None:
    """Random rules with hosts, methods, templates and conditions: each request goes where ours sends it."""
    async with drawn_rules() as rules, running_envoy(tmp_path, rules.plan) as front:
        await rules.check(front)


async def test_raising_a_share_moves_nobody_back(tmp_path: Path) -> None:
    """Shares are right within four standard deviations, and who reads from v2 does so with every larger share."""
    users = random.Random(1).sample(range(10**9), 400)
    v1, v2 = Side("v1"), Side("v2")
    before: set[int] = set()
    async with served(v1) as first, served(v2) as second:
        for share in (0, 5, 10, 50, 100):
            route = Route("/reviews", (), "reviews", v2=share, sticky=BY_USER)
            async with running_envoy(tmp_path, plan(first, second, route)) as front:
                sides = await sides_of(front, users)
                assert await sides_of(front, users[:40]) == {user: sides[user] for user in users[:40]}
            moved = {user for user, side in sides.items() if side == "v2"}
            assert before <= moved
            before = moved
            deviation = (len(users) * share / 100 * (1 - share / 100)) ** 0.5
            assert abs(len(moved) - len(users) * share / 100) <= 4 * deviation


async def test_who_asks_for_a_side_gets_it_and_writes_go_to_the_authority(tmp_path: Path) -> None:
    """As in the gateway, before and after the cut-over."""
    async with served(Side("v1")) as first, served(Side("v2")) as second:
        shared = plan(first, second, Route("/reviews", (), "reviews", v2=100))
        async with running_envoy(tmp_path, shared) as front, client(front) as asking:
            assert (await asking.get("/reviews")).text == "v2"
            assert (await asking.get("/reviews", headers={"X-Strangler-Side": "v1"})).text == "v1"
            assert (await asking.post("/reviews", content=b"text")).text == "v1"
            assert (await asking.get("/other")).text == "v1"
        async with running_envoy(tmp_path, shared, reviews=Authority.V2) as front, client(front) as asking:
            assert (await asking.get("/reviews", headers={"X-Strangler-Side": "v1"})).text == "v2"
            assert (await asking.post("/reviews", content=b"text")).text == "v2"


@pytest.mark.parametrize("status", [503, None])
async def test_v1_answers_where_v2_fails(tmp_path: Path, status: int | None) -> None:
    """v2 answers 503, or nobody listens: no read fails, writes and who asked for v2 are told."""
    v1, v2 = Side("v1"), Side("v2", status=status or 200)
    async with served(v1) as first, served(v2) as second:
        other = second if status else Address("127.0.0.1", free_port())
        shared = plan(first, other, Route("/reviews", (), "reviews", v2=50, sticky=BY_USER))
        async with running_envoy(tmp_path, shared) as front, client(front) as asking:
            answers = await asyncio.gather(
                *(asking.get("/reviews", headers={"X-User": str(user)}) for user in range(200))
            )
            assert {(answer.status_code, answer.text) for answer in answers} == {(200, "v1")}
            assert (await asking.get("/reviews", headers={"X-Strangler-Side": "v2"})).status_code == 503
        async with running_envoy(tmp_path, shared, reviews=Authority.V2) as front, client(front) as asking:
            assert (await asking.get("/reviews")).status_code == 503
            assert (await asking.post("/reviews", content=b"text")).status_code == 503
    assert not [method for method, *_ in v1.seen if method == "POST"]


async def test_a_client_can_not_choose_who_it_is(tmp_path: Path) -> None:
    """Applications are told of the connection; what the client says of it, or of who it is, is taken out."""
    v1 = Side("v1")
    async with served(v1) as first, running_envoy(tmp_path, plan(first, first)) as front, client(front) as asking:
        await asking.get("/", headers={**LIES, "Host": "shop.example"})
    headers = v1.seen[0][2]
    assert headers.pop("x-forwarded-for") == "127.0.0.1"
    assert headers.pop("x-forwarded-proto") == "http"
    assert headers.pop("x-forwarded-host") == "shop.example"
    assert headers.pop("x-request-id") == "mine"
    assert headers.pop("kept") == "yes"
    assert headers.pop("host") == "shop.example"
    assert set(headers) == {"accept", "accept-encoding", "user-agent"}
