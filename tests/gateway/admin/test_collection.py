"""What Prometheus reads from the admin listener of a gateway that works."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from strangler.project import RouteMatch
from strangler_gateway.hold import HoldTerms
from tests.gateway.running import (
    READER,
    RunningGateway,
    Side,
    given_up,
    plan,
    running_gateway,
    served,
    two_sides,
    until,
)
from tests.gateway.shadow.shadowed import ROUTE, Application, always, compared, shadowing_gateway

pytestmark = pytest.mark.anyio


async def scraped(gateway: RunningGateway) -> Mapping[str, float]:
    """Return every sample as it stands in the text, by its name and labels."""
    async with httpx.AsyncClient(base_url=f"http://{gateway.admin}") as client:
        answer = await client.get("/metrics", headers={"Authorization": f"Bearer {READER.reveal()}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    # Reading it all shows that all of it can be read.
    samples = [sample for family in text_string_to_metric_families(answer.text) for sample in family.samples]
    said = {
        ",".join((sample.name.removeprefix("strangler_gateway_"), *(f"{n}={v}" for n, v in sample.labels.items()))): (
            sample.value
        )
        for sample in samples
    }
    assert len(said) == len(samples)
    return said


@pytest.mark.parametrize("wire", [True, False])
async def test_each_request_is_counted_once_where_it_went(wire: bool) -> None:
    """By both ways in; what a client makes up is in no label."""
    v1, v2 = Side("v1"), Side("v2")
    async with (
        served(v1) as first,
        served(v2) as second,
        running_gateway(plan(f"http://{first}", f"http://{second}", 100), wire=wire) as gateway,
    ):
        for _ in range(3):
            assert await gateway.get("/reviews") == "v2"
        assert await gateway.post("/reviews") == "v1"
        assert await gateway.get("/reviews/7") == "v1"
        for number in range(20):
            await gateway.get(f"/made/up/{number}")
        said = await scraped(gateway)
    at_v2 = "service=reviews,route=GET,POST /reviews,side=v2"
    at_v1 = "service=reviews,route=GET,POST /reviews,side=v1"
    assert {name: number for name, number in said.items() if name.startswith("requests_total")} == {
        f"requests_total,{at_v2},code=2xx": 3,
        f"requests_total,{at_v1},code=2xx": 1,
        "requests_total,service=reviews,route=* /reviews/{number},side=v1,code=2xx": 1,
        "requests_total,route=undeclared,side=v1,code=2xx": 20,
    }
    assert said[f"request_duration_seconds_count,{at_v2}"] == 3
    assert said[f"request_duration_seconds_bucket,{at_v2},le=10"] == 3
    assert 0 < said[f"request_duration_seconds_sum,{at_v2}"] < 30
    assert said[f"upstream_connections_opened_total,upstream=http://{second}"] == 1
    assert said[f"upstream_connections_reused_total,upstream=http://{second}"] == 2
    assert said[f"upstream_connections_idle,upstream=http://{second}"] == 1
    assert said["share_ratio,service=reviews,route=GET,POST /reviews"] == 1
    assert said["authority_v2,service=reviews"] == 0
    assert not any("made/up" in name for name in said)


async def test_what_is_on_its_way_and_what_is_held_is_seen() -> None:
    """While it is so, and no longer."""
    async with two_sides() as (gateway, v1, _):
        v1.open.clear()
        read = asyncio.create_task(gateway.get("/reviews"))
        await until(lambda: bool(v1.seen))
        gateway.control.hold("reviews", HoldTerms(2, 1, 30, (RouteMatch("/a"),)))
        held = asyncio.create_task(gateway.post("/reviews"))
        await until(lambda: gateway.traffic.in_flight("reviews").waiting == 1)
        said = await scraped(gateway)
        assert said["requests_in_flight,service=reviews,route=GET,POST /reviews,side=v1"] == 1
        assert said["held_requests,service=reviews"] == 1
        assert said["hold,service=reviews"] == 1
        v1.open.set()
        await given_up(gateway)
        assert await read == await held == "v1"
        after = await scraped(gateway)
        assert not any(name.startswith(("held_requests", "requests_in_flight")) for name in after)
        # The time in the hold is part of what the client waited.
        assert after["request_duration_seconds_count,service=reviews,route=GET,POST /reviews,side=v1"] == 2


async def test_trouble_is_counted_where_it_is() -> None:
    """Connections that fail, the breaker they open, requests that v1 answers, and what the gateway says itself."""
    v1 = Side("v1")
    async with served(v1) as first, running_gateway(plan(f"http://{first}", share=100)) as gateway:
        for _ in range(8):
            assert await gateway.get("/reviews") == "v1"
        answer = await gateway.client.get("/reviews", headers={"X-Strangler-Side": "v2"})
        assert answer.status_code == 503
        said = await scraped(gateway)
    assert said["fallbacks_total,service=reviews,route=GET,POST /reviews"] == 8
    assert said["upstream_connections_failed_total,upstream=http://127.0.0.1:2"] == 5
    assert said["breaker_open,application=reviews"] == 1
    assert said["breaker_openings_total,application=reviews"] == 1
    assert said["breaker_open,application=monolith"] == 0
    assert said["refusals_total,code=503"] == 1
    route = "service=reviews,route=GET,POST /reviews"
    assert said[f"requests_total,{route},side=v1,code=2xx"] == 8
    assert said[f"requests_total,{route},side=v2,code=5xx"] == 1
    assert f"requests_total,{route},side=v2,code=2xx" not in said


async def test_retries_and_ejections_are_counted() -> None:
    """Of two hosts one does not exist."""
    v1, v2 = Side("v1"), Side("v2")
    async with served(v1) as first, served(v2) as second:
        base = plan(f"http://{first}", f"http://{second}", 100)
        gone = plan(v2="http://127.0.0.1:1").services["reviews"].v2
        service = base.services["reviews"]
        terms = replace(service.resilience, eject_failures=1)
        both = replace(base, services={"reviews": replace(service, v2=(*gone, *service.v2), resilience=terms)})
        async with running_gateway(both) as gateway:
            for _ in range(12):
                assert await gateway.get("/reviews") == "v2"
            said = await scraped(gateway)
    assert said["retries_total,application=reviews"] == 1
    assert said["ejections_total,application=reviews"] == 1
    assert said["host_ejected,application=reviews,upstream=http://127.0.0.1:1"] == 1
    assert said[f"host_ejected,application=reviews,upstream=http://{second}"] == 0


async def test_a_client_that_goes_before_an_answer_is_counted_without_a_status() -> None:
    """It is no success, and no failure of the application either."""
    v1 = Side("v1")
    v1.open.clear()
    async with served(v1) as first, running_gateway(plan(f"http://{first}")) as gateway:
        request = asyncio.create_task(gateway.get("/reviews"))
        await until(lambda: bool(gateway.traffic.on_their_way()))
        request.cancel()
        await until(lambda: not gateway.traffic.on_their_way())
        said = await scraped(gateway)
    assert said["requests_total,service=reviews,route=GET,POST /reviews,side=v1,code=none"] == 1


async def test_what_became_of_copies_is_counted_by_route() -> None:
    """Equal and different answers, and how many of these nothing explains."""
    v1, v2 = Application(always({"a": 1})), Application(always({"a": 2}))
    async with shadowing_gateway(v1, v2, "shadow = 100", "noise = 0") as gateway:
        for _ in range(3):
            await gateway.get("/reviews")
        await compared(gateway, 3)
        said = await scraped(gateway)
    of_route = f"service=reviews,route={ROUTE}"
    assert said[f"shadow_total,{of_route},outcome=different"] == 3
    assert said[f"shadow_total,{of_route},outcome=equal"] == 0
    assert said[f"shadow_total,{of_route},outcome=dropped"] == 0
    assert said[f"shadow_unexplained,{of_route}"] == 3
    assert said[f"shadow_ratio,{of_route}"] == 1
