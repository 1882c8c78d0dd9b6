"""Failures of an application, met by a gateway on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from strangler.model.authority import Side as Authority
from strangler.model.resilience import HealthTerms, ResilienceTerms
from strangler_gateway.in_flight import SideCount, Ticket
from strangler_gateway.resilience.applications import Applications
from strangler_gateway.resilience.health import HealthChecks
from strangler_gateway.routing.plan import Plan
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.pool import ConnectionPools
from tests.gateway.running import (
    Handler,
    RunningGateway,
    Side,
    impatient,
    plan,
    raw_upstream,
    running_gateway,
    served,
    until,
)

pytestmark = pytest.mark.anyio

NOBODY = "http://127.0.0.1:1"


def with_terms(base: Plan, terms: ResilienceTerms) -> Plan:
    """Return the plan with other terms for its service."""
    return replace(base, services={name: replace(one, resilience=terms) for name, one in base.services.items()})


@asynccontextmanager
async def canary(
    v2: str, terms: ResilienceTerms | None = None, share: float = 100
) -> AsyncGenerator[tuple[RunningGateway, Side]]:
    """Run a gateway that sends its readers to `v2` while v1 has the authority."""
    v1 = Side("v1")
    async with served(v1) as first:
        base = with_terms(plan(f"http://{first}", v2, share), terms or ResilienceTerms())
        async with running_gateway(base) as gateway:
            yield gateway, v1


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read a request and close without an answer."""
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


async def hangs(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Read a request and never answer."""
    await reader.readuntil(b"\r\n\r\n")
    await reader.read()


def says(status: int) -> Handler:
    """Return a server that gives everybody the same answer."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 %d Said\r\nContent-Length: 2\r\n\r\nv2" % status)

    return answer


def well_once(then: Handler) -> Handler:
    """Return a server whose connections answer once before they do something else."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nv2")
        await then(reader, writer)

    return answer


async def test_v1_answers_where_v2_is_down() -> None:
    """No read fails, whatever state the breaker is in."""
    async with canary(NOBODY) as (gateway, _):
        assert [await gateway.get("/reviews") for _ in range(20)] == ["v1"] * 20


@pytest.mark.parametrize("v2", [resets, hangs, says(502), says(503), says(504)])
async def test_v1_answers_where_v2_fails(v2: Handler) -> None:
    """Closed connections, silence and answers that say so."""
    async with raw_upstream(v2) as url, canary(url, ResilienceTerms(try_seconds=0.05)) as (gateway, _):
        assert await gateway.get("/reviews") == "v1"


@pytest.mark.parametrize("then", [hangs, says(502), says(503), says(504)])
async def test_v1_answers_where_v2_begins_to_fail(then: Handler) -> None:
    """On a kept connection, where requests are sent without a task of their own."""
    async with raw_upstream(well_once(then)) as url, canary(url) as (gateway, _):
        assert await gateway.get("/reviews") == "v2"
        gateway.traffic.follow(with_terms(gateway.traffic.plan, ResilienceTerms(try_seconds=0.05)))
        assert await gateway.get("/reviews") == "v1"
        await until(lambda: gateway.control.in_flight("reviews").v2 == SideCount())
        application = gateway.relay.applications.of(
            Ticket("reviews", Authority.V2, "GET", "/reviews"), gateway.traffic.plan
        )
        assert [host.requests for host in application.balancer.hosts] == [0]


@pytest.mark.parametrize("warm", [False, True])
async def test_v1_answers_soon_where_v2_hangs(*, warm: bool) -> None:
    """Long before `try_seconds`; who asked for v2 waits on, and a response that has begun takes its time."""
    free = asyncio.Event()
    free.set()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nv2"
            begun = answer[: -2 if b"X-Begin" in head else 0]
            writer.write(begun)
            await free.wait()
            writer.write(answer[len(begun) :])

    async with raw_upstream(slow) as url, canary(url) as (gateway, v1):
        if warm:
            assert await asyncio.gather(*(gateway.get("/reviews") for _ in range(3))) == ["v2"] * 3
        free.clear()
        # Long enough for a head to arrive from another task of a busy machine.
        gateway.traffic.follow(with_terms(gateway.traffic.plan, ResilienceTerms(fallback_seconds=0.5)))
        others = [
            asyncio.create_task(gateway.get("/reviews", **{name: "v2"})) for name in ("X-Strangler-Side", "X-Begin")
        ]
        await until(lambda: gateway.control.in_flight("reviews").v2 == SideCount(read=2))
        assert await gateway.get("/reviews") == "v1"
        free.set()
        assert [await other for other in others] == ["v2", "v2"]
        assert len(v1.seen) == 1


@pytest.mark.parametrize("then", [says(502), says(503)])
async def test_reads_go_on_at_the_next_host_when_one_begins_to_fail(then: Handler) -> None:
    """Also those sent without a task; once the retries are used up, the answer of the last one is passed on."""
    async with raw_upstream(well_once(then)) as bad, raw_upstream(says(200)) as good:
        base = plan(bad)
        two = replace(base, monolith=(Origin.of(bad), Origin.of(good)))
        async with running_gateway(two) as gateway:
            answers = [(await gateway.client.get("/elsewhere")).status_code for _ in range(8)]
    assert answers == [200] * 8


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_other_answers_of_v2_are_its_own(status: int) -> None:
    """A fault of a single page is for the developers to see."""
    async with raw_upstream(says(status)) as url, canary(url) as (gateway, _):
        response = await gateway.client.get("/reviews")
        assert (response.status_code, response.text) == (status, "v2")


async def test_writes_never_fall_back() -> None:
    """Whether v2 did the work is not known."""
    async with raw_upstream(resets) as url, canary(url) as (gateway, v1):
        await gateway.control.authority("reviews", Authority.V2, 2)
        response = await gateway.client.post("/reviews", content=b"text")
        assert response.status_code == 502
        assert v1.seen == []


async def test_reads_do_not_fall_back_once_v2_has_the_authority() -> None:
    """What v1 would say may be old."""
    async with canary(NOBODY) as (gateway, v1):
        await gateway.control.authority("reviews", Authority.V2, 2)
        assert (await gateway.client.get("/reviews")).status_code == 502
        assert v1.seen == []


async def test_who_asks_for_v2_is_not_given_v1() -> None:
    """A comparison of both sides must not compare v1 with itself."""
    async with canary(NOBODY) as (gateway, _):
        response = await gateway.client.get("/reviews", headers={"X-Strangler-Side": "v2"})
        assert response.status_code == 502


async def test_fallback_can_be_switched_off() -> None:
    """Then v2's failures are the clients'."""
    async with canary(NOBODY, ResilienceTerms(fallback=False)) as (gateway, _):
        assert (await gateway.client.get("/reviews")).status_code == 502


async def test_open_breaker_says_when_to_come_back() -> None:
    """After failures in a row v2 is not asked: 503 as problem details, with Retry-After."""
    terms = ResilienceTerms(breaker_failures=2, breaker_seconds=30, fallback=False, retries=0)
    async with canary(NOBODY, terms) as (gateway, _):
        statuses = [(await gateway.client.get("/reviews")).status_code for _ in range(2)]
        refused = await gateway.client.get("/reviews")
    assert statuses == [502, 502]
    assert refused.status_code == 503
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "30"
    assert refused.json()["title"] == "Service Unavailable"


async def test_both_sides_down_is_clear() -> None:
    """502 where nobody listens, 504 where nobody answers in time; both say when to come back."""
    async with running_gateway(plan(NOBODY, NOBODY, 100)) as gateway:
        down = await gateway.client.get("/reviews")
    async with raw_upstream(hangs) as url, running_gateway(impatient(plan(url, url, 100), 0.2)) as gateway:
        silent = await gateway.client.get("/reviews")
    for response, status in ((down, 502), (silent, 504)):
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
        assert response.headers["retry-after"] == "1"
        assert response.json()["status"] == status


async def test_reads_go_on_at_the_next_host() -> None:
    """A host that resets is tried, then left out."""
    v2 = Side("v2")
    async with served(v2) as good, raw_upstream(resets) as bad:
        base = with_terms(plan(NOBODY, f"http://{good}", 100), ResilienceTerms(eject_failures=2))
        services = {
            name: replace(one, v2=(Origin.of(bad), Origin.of(f"http://{good}"))) for name, one in base.services.items()
        }
        async with running_gateway(replace(base, services=services)) as gateway:
            assert [await gateway.get("/reviews") for _ in range(20)] == ["v2"] * 20


async def test_hosts_take_turns_although_no_connection_is_idle() -> None:
    """A request that was handed over for want of a connection once skipped a turn: one of two hosts got all of them."""
    one, two = Side("one"), Side("two")
    async with served(one) as first, served(two) as second:
        base = replace(plan(NOBODY), monolith=(Origin.of(f"http://{first}"), Origin.of(f"http://{second}")))
        async with running_gateway(base) as gateway:
            answers = [await gateway.get("/elsewhere") for _ in range(8)]
    assert sorted(answers) == ["one"] * 4 + ["two"] * 4


async def test_nothing_stays_counted() -> None:
    """Least-request balancing stands on the counts of requests on their way."""
    async with raw_upstream(resets) as url, canary(url) as (gateway, _):
        await asyncio.gather(*(gateway.get("/reviews") for _ in range(50)))
        applications = gateway.relay.applications.all(gateway.traffic.plan)
        await until(lambda: not any(host.requests for one in applications for host in one.balancer.hosts))


async def test_health_checks_take_a_host_out_and_in() -> None:
    """A GET of the path, by the clock of the checks."""
    status = [500]

    async def upstream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"GET /health HTTP/1.1\r\n")
            writer.write(b"HTTP/1.1 %d Said\r\nContent-Length: 0\r\n\r\n" % status[0])

    now = [0.0]
    async with raw_upstream(upstream) as url:
        base = with_terms(plan(NOBODY, url), ResilienceTerms(health=HealthTerms("/health", interval=1)))
        applications = Applications(lambda: now[0])
        pools = ConnectionPools()
        checks = HealthChecks(lambda: applications.all(base), pools, lambda: now[0])
        [*_, service] = applications.all(base)
        for answer in (500, 200):
            status[0] = answer
            async with asyncio.timeout(10):
                while service.well is not (answer == 200):
                    now[0] += 1
                    checks.look()
                    await checks.settled()
        pools.close()


@pytest.mark.parametrize("warm", [True, False])
async def test_an_application_may_be_given_more_time_for_its_head_than_for_a_part(*, warm: bool) -> None:
    """Whether it is asked at once or by the relay."""
    silence = 0.05

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for pause in (0.0, silence * 3) if warm else (silence * 3,):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(pause)  # what is tried is that time goes by
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await reader.read()

    async with raw_upstream(slow) as url, running_gateway(plan(url), read_timeout=silence) as gateway:
        for _ in range(1 + warm):
            assert await gateway.get("/") == "ok"
