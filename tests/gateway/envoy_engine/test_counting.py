"""How many requests are under way, by what Envoy counts of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import count
from pathlib import Path

import httpx
import pytest

from strangler.project import Address, RouteMatch
from strangler_gateway.envoy_engine.admin import EnvoyAdmin
from strangler_gateway.envoy_engine.counting import BEGUN, ENDED, UNDER_WAY, Sample, samples_of
from strangler_gateway.envoy_engine.detours import Detours
from strangler_gateway.envoy_engine.envoy_files import EnvoyFiles
from strangler_gateway.routing.plan import Plan
from tests.gateway.conformance.cases import BAD, CASES, GET
from tests.gateway.envoy_engine.rig import rig
from tests.gateway.running import plan

NAME = "GET,POST /reviews"
UPGRADE = b"GET /reviews HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: odd\r\n\r\n"
CUT_OFF = b"POST /reviews HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na"


@pytest.fixture
def detours() -> Detours:
    """Nothing takes a detour; the marks are numbers."""
    marks = count()
    return Detours(lambda: str(next(marks)))


@pytest.fixture
def reviews() -> Plan:
    """Reviews have a route of their own."""
    return plan(v1="http://v1", v2="http://v2")


def samples(route: str, begun: int, ended: tuple[int, ...] = (), **others: int) -> list[Sample]:
    """Return what Envoy says of a route: requests ended by each host, and how many are under way by method."""
    return [
        Sample(BEGUN, {"route": route}, begun),
        *(Sample(ENDED, {"route": route, "host": str(host)}, number) for host, number in enumerate(ended)),
        *(Sample(UNDER_WAY, {"route": route, "method": method}, number) for method, number in others.items()),
    ]


def test_reads_that_write_are_those_that_have_begun_and_not_ended(detours: Detours, reviews: Plan) -> None:
    """What began since the hold is not counted, nor is what has another method than is listed."""
    detours.begin("reviews", (RouteMatch("/account/{what}", ("GET",)),))
    since = detours.current()
    assert detours.reads("reviews")
    assert since is not None
    seen = [*samples("undeclared", 9, (4, 2), PUT=1), *samples(f"~ GET /account/{{what}}{since.mark}", 5)]
    assert detours.past("reviews", seen, reviews) == 2


def test_a_route_whose_ends_are_counted_twice_hides_no_read_of_another(detours: Detours, reviews: Plan) -> None:
    """Each is taken by itself; and where a GET writes, so may a HEAD."""
    detours.begin("reviews", (RouteMatch("/account/{what}", ("GET",)),))
    seen = [*samples("undeclared", 1), *samples("-", 0, (7,)), *samples("HEAD /", 1, HEAD=1)]
    assert detours.past("reviews", seen, reviews) == 2


def test_reads_are_not_counted_where_none_writes(detours: Detours, reviews: Plan) -> None:
    """A service's own writes are those under way by any other method."""
    detours.begin("reviews", (RouteMatch("/basket", ("POST",)),))
    assert not detours.reads("reviews")
    seen = [*samples(NAME, 9, (1,), POST=2, OPTIONS=1), *samples("undeclared", 5, (), POST=1, PUT=1)]
    assert detours.past("reviews", seen, reviews) == 3


@pytest.mark.anyio
@pytest.mark.envoy
async def test_whatever_begins_is_counted_once_when_it_ends(tmp_path: Path) -> None:
    """Also what is refused, upgraded or cut off, so that nothing seems to be under way, or hides what is."""
    sent = [*(sent for sent, _ in BAD), *(case.sent for case in CASES), UPGRADE, CUT_OFF, GET]
    with rig(tmp_path, share=50) as made, made.gateway():
        for each in range(0, len(sent), 20):
            await asyncio.gather(*(_send(made.front, request) for request in sent[each : each + 20]))
        admin = EnvoyAdmin(made.place.socket)
        seen = await _once_ended(admin)
        await admin.close()
    assert {"undeclared", "GET,POST /reviews"} <= seen.keys()


@pytest.mark.anyio
@pytest.mark.envoy
async def test_counts_outlive_the_listener_they_were_made_at(tmp_path: Path) -> None:
    """Another limit replaces it; a beginning that was forgotten would hide a read under way for ever."""
    with rig(tmp_path) as made, made.gateway():
        admin = EnvoyAdmin(made.place.socket)
        await asyncio.gather(*(_send(made.front, GET) for _ in range(7)))
        before = await _once_ended(admin)
        replaced = await _listeners_replaced(made.place)
        made.project.write_text(made.project.read_text() + "[gateway.limits]\nidle_seconds = 7\n")
        async with asyncio.timeout(30):
            while await _listeners_replaced(made.place) == replaced:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await asyncio.gather(*(_send(made.front, GET) for _ in range(5)))
        after = await _once_ended(admin)
        await admin.close()
    assert (before.total(), after.total()) == (7, 12)


async def _listeners_replaced(place: EnvoyFiles) -> str:
    asked = {"filter": r"^listener_manager\.listener_(in_place_updated|modified)$"}
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(place.socket))) as client:
        return (await client.get("http://envoy/stats", params=asked)).text


async def _once_ended(admin: EnvoyAdmin) -> Counter[str]:
    """Return what has begun, by the names of routes, once all of it has ended."""
    async with asyncio.timeout(30):
        while (seen := await _numbers(admin))[BEGUN] != seen[ENDED] or seen[UNDER_WAY]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return seen[BEGUN]


async def _numbers(admin: EnvoyAdmin) -> dict[str, Counter[str]]:
    """Return each number by the names of routes, but for what no route was found for, and nothing of what is none."""
    found: dict[str, Counter[str]] = {name: Counter() for name in (BEGUN, ENDED, UNDER_WAY)}
    for sample in samples_of(await admin.under_way(reads=True)):
        route = sample.labels.get("route", "-")
        if sample.name in found and route not in {"-", ""} and sample.value:
            found[sample.name][route] += int(sample.value)
    return found


async def _send(front: Address, request: bytes) -> None:
    """Send a request and go away: at once after half of an answer, or when nothing comes."""
    reader, writer = await asyncio.open_connection(front.host, front.port)
    writer.write(request)
    try:
        async with asyncio.timeout(0.5):
            await reader.read(20)
    except (TimeoutError, ConnectionError):
        pass
    writer.transport.abort()
