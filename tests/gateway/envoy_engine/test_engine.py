"""Envoy carries the bytes, by the same file and the same orders."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from strangler_gateway.metrics.exposition import exposition
from tests.gateway.envoy_engine.rig import application_of, ended, envoy_pid, readers, rig
from tests.waiting import until

pytestmark = [pytest.mark.anyio, pytest.mark.envoy]

V1, V2 = (200, "v1"), (200, "v2")


def within(part: int, whole: int, share: float) -> bool:
    """Whether a share is right within four standard deviations."""
    expected = whole * share / 100
    return abs(part - expected) <= 4 * (expected * (1 - share / 100)) ** 0.5


async def test_shares_are_changed_under_load_and_no_request_fails(tmp_path: Path) -> None:
    """0, 10, 50, 100 and 0 %: each holds for all requests that come after the order is confirmed."""
    with rig(tmp_path) as made, application_of(made, "v2"), made.gateway() as (gateway, client):
        async with readers(made.front) as reading:
            for share in (0, 10, 50, 100, 0):
                status = await asyncio.to_thread(client.shift, "reviews", share, ())
                assert status.shares["GET,POST /reviews"] == share
                # Of requests that were sent before it was confirmed some may come after it.
                await reading.more(20)
                new = await reading.more(1_000)
                assert within(new[V2], new.total(), share), (share, new)
        assert not reading.failures
        assert set(reading.answers) == {V1, V2}
        assert await asyncio.to_thread(ended, gateway) == 0
    assert not await _listens(made.front.port)


async def test_v2_is_killed_and_no_read_fails(tmp_path: Path) -> None:
    """With half of the readers on it: v1 answers them."""
    with rig(tmp_path, share=50) as made, made.gateway():
        async with readers(made.front) as reading:
            with application_of(made, "v2"):
                assert (await reading.more(500))[V2]
            assert (await reading.more(1_000))[V1]
            await reading.more(20)
            assert set(await reading.more(200)) == {V1}
            with application_of(made, "v2"):
                while not (await reading.more(50))[V2]:
                    pass
        assert not reading.failures
        assert set(reading.answers) == {V1, V2}


async def test_its_control_plane_is_killed_and_the_next_one_takes_over(tmp_path: Path) -> None:
    """Traffic goes on meanwhile, by the same Envoy afterwards, and orders hold again: what was ordered stays."""
    with rig(tmp_path) as made, application_of(made, "v2"), ExitStack() as stack:
        first, client = stack.enter_context(made.gateway())
        client.shift("reviews", 50, ())
        async with readers(made.front) as reading:
            await reading.more(200)
            started = envoy_pid(made)
            first.send_signal(signal.SIGKILL)
            await asyncio.to_thread(first.wait)
            meanwhile = await reading.more(500)
            assert within(meanwhile[V2], meanwhile.total(), 50)
            _, again = await asyncio.to_thread(lambda: stack.enter_context(made.gateway()))
            assert envoy_pid(made) == started
            status = await asyncio.to_thread(again.status)
            assert status.services["reviews"].shares["GET,POST /reviews"] == 50
            await asyncio.to_thread(again.rollback, "reviews")
            await reading.more(20)
            assert set(await reading.more(300)) == {V1}
        assert not reading.failures
        assert set(reading.answers) == {V1, V2}


def test_an_envoy_that_dies_is_replaced(tmp_path: Path) -> None:
    """By one that follows what was ordered."""
    with rig(tmp_path) as made, application_of(made, "v2"), made.gateway() as (_, client):
        client.shift("reviews", 100, ())
        died = envoy_pid(made)
        os.kill(died, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while not answers(f"http://{made.front}/reviews"):
            assert time.monotonic() < deadline
        assert envoy_pid(made) != died
        assert httpx.get(f"http://{made.front}/reviews", trust_env=False, timeout=60).text == "v2"


def test_what_is_counted_has_the_same_names(tmp_path: Path) -> None:
    """Requests by service, route, side and status, and how long they took; at v1 what that answered for v2."""
    with rig(tmp_path, share=100) as made, made.gateway() as (_, client):

        def read(path: str) -> str:
            return httpx.get(f"http://{made.front}{path}", trust_env=False, timeout=60).text

        with application_of(made, "v2"):
            assert [read("/reviews") for _ in range(3)] == ["v2"] * 3
        assert [read(path) for path in ("/reviews", "/elsewhere")] == ["v1", "v1"]
        requests = "strangler_gateway_requests_total"
        last = requests + '{route="undeclared",side="v1",code="2xx"} 1\n'
        # What its threads have counted Envoy adds up once a second.
        until(lambda: last in "".join(exposition(client.measures().measures)))
        text = "".join(exposition(client.measures().measures))
    assert requests + '{service="reviews",route="GET,POST /reviews",side="v2",code="2xx"} 3\n' in text
    assert requests + '{service="reviews",route="GET,POST /reviews",side="v1",code="2xx"} 1\n' in text
    assert 'share_ratio{service="reviews",route="GET,POST /reviews"} 1\n' in text
    assert 'request_duration_seconds_bucket{service="reviews",route="GET,POST /reviews",side="v2",le="10"}' in text


def answers(url: str) -> bool:
    """Whether somebody answers."""
    try:
        return httpx.get(url, trust_env=False, timeout=60).is_success
    except httpx.HTTPError:
        return False


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True
