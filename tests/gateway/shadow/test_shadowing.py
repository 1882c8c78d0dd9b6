"""Shadowing on real sockets: the other side is asked, compared, and never in the way."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from strangler.model.authority import Side
from strangler_gateway.in_flight import Ticket
from strangler_gateway.lanes import Lane
from strangler_gateway.process.worker import part_of
from strangler_gateway.shadow.comparer import DifferencePlace, Kind
from strangler_gateway.shadow.counts import ShadowCounts
from tests.gateway.running import until
from tests.gateway.shadow.shadowed import (
    ROUTE,
    Application,
    always,
    compared,
    counting,
    known,
    shadow_plan,
    shadowing_gateway,
)

pytestmark = pytest.mark.anyio
faces = pytest.mark.parametrize("wire", [True, False], ids=["wire", "endpoint"])


@faces
async def test_planted_differences_are_reported_with_their_place(*, wire: bool) -> None:
    """A status, a header and a field, each with what both sides say; also of what was relayed at once."""
    v1 = Application(always({"id": 1, "items": [{"price": 5}]}), fields={"Content-Type": "application/json", "A": "1"})
    v2 = Application(
        always({"id": 1, "items": [{"price": 6}]}), 201, fields={"Content-Type": "application/json", "A": "2"}
    )
    async with shadowing_gateway(v1, v2, wire=wire) as gateway:
        for _ in range(2):
            assert (await gateway.client.get("/reviews?page=2")).json() == {"id": 1, "items": [{"price": 5}]}
        summary = await compared(gateway, 2)
    assert (summary.unexplained, summary.unexplained_rate) == (2, 1.0)
    (pattern,) = summary.patterns
    assert pattern.unexplained == (
        DifferencePlace("body /items/*/price", Kind.VALUE),
        DifferencePlace("header a", Kind.VALUE),
        DifferencePlace("status", Kind.STATUS),
    )
    assert ("5", "6") in [(one.v1, one.v2) for one in pattern.samples[0].differences]
    assert v2.asked[0].startswith(b"GET /reviews?page=2 HTTP/1.1\r\n")
    assert b"\r\nX-Strangler-Shadow: 1\r\n" in v2.asked[0]
    assert b"X-Strangler-Shadow" not in v1.asked[0]


async def test_what_v2_answers_is_compared_with_v1() -> None:
    """The other side is the one that did not answer, and each value stands under its side."""
    v1, v2 = Application(always({"a": 1})), Application(always({"a": 2}))
    async with shadowing_gateway(v1, v2, 'shadow = 100, v2 = 100, sticky = "client"') as gateway:
        assert await gateway.get("/reviews") == '{"a": 2}'
        (pattern,) = (await compared(gateway)).patterns
    (difference,) = pattern.samples[0].differences
    assert (difference.v1, difference.v2) == ("1", "2")


async def test_what_v1_itself_varies_is_learnt_and_not_reported() -> None:
    """A time is explained by v1's own answers; a difference beside it is not hidden by it."""
    times = counting("at")
    v1, v2 = Application(times), Application(times)
    async with shadowing_gateway(v1, v2, terms="noise = 5") as gateway:
        for number in range(1, 7):
            await gateway.get("/reviews")
            await until(lambda number=number: known(gateway).summary.noise_pairs == number)
        await compared(gateway, 6)
        v2.bodies = lambda: json.dumps({"at": 0, "id": 2}).encode()
        await gateway.get("/reviews")
        summary = await compared(gateway, 7)
    assert (summary.compared, summary.unexplained) == (7, 1)
    assert {place for one in summary.patterns for place in one.unexplained} == {DifferencePlace("body /id", Kind.VALUE)}
    assert [noise.place.path for noise in summary.noise if noise.noisy] == ["body /at"]


async def test_what_was_written_between_two_answers_is_no_difference() -> None:
    """v1 is asked again, and says what v2 says by then."""
    values = itertools.chain([1], itertools.repeat(2))
    v1 = Application(lambda: json.dumps({"stock": next(values)}).encode())
    async with shadowing_gateway(v1, Application(always({"stock": 2}))) as gateway:
        assert await gateway.get("/reviews") == '{"stock": 1}'
        summary = await compared(gateway)
    assert (summary.equal, summary.unexplained, len(v1.asked)) == (1, 0, 2)


async def test_a_side_that_is_busy_gets_no_copies() -> None:
    """Its clients would wait: v2 is not asked, nor v1 again, and each is counted."""
    v1, v2 = Application(always({"a": 1})), Application(always({"a": 2}))
    async with shadowing_gateway(v1, v2) as gateway:
        lanes, plan = gateway.relay.admissions.lanes, gateway.traffic.plan
        reviews = replace(plan.services["reviews"], width=1)
        gateway.traffic.follow(replace(plan, monolith_width=1, services={"reviews": reviews}))
        for side, count in ((Side.V1, "unconfirmed"), (Side.V2, "dropped")):
            lane = lanes.of(Ticket("reviews", side, "GET", "/reviews"), gateway.traffic.plan)
            assert lane is not None
            if side is Side.V1:
                v2.bodies = entering(lane, v2.bodies)
            else:
                assert lane.enter_at_once()
            await gateway.get("/reviews")
            await until(lambda count=count: asdict(known(gateway).counts)[count] == 1)
            lane.leave()
    assert (len(v1.asked), len(v2.asked), known(gateway).summary.compared) == (2, 1, 0)


def entering(lane: Lane, bodies: Callable[[], bytes]) -> Callable[[], bytes]:
    """Fill a lane when an answer is given."""

    def answer() -> bytes:
        assert lane.enter_at_once()
        return bodies()

    return answer


async def test_what_reaches_v2_a_moment_later_is_no_difference() -> None:
    """Both are asked again after a pause."""
    values = itertools.chain([1], itertools.repeat(2))
    v2 = Application(lambda: json.dumps({"stock": next(values)}).encode())
    async with shadowing_gateway(Application(always({"stock": 2})), v2) as gateway:
        await gateway.get("/reviews")
        summary = await compared(gateway)
    assert (summary.equal, summary.unexplained) == (1, 0)


@faces
async def test_v2_in_trouble_is_not_noticed_by_the_client(*, wire: bool) -> None:
    """It hangs, floods, resets or refuses: every client has its answer at once, and everything is counted."""

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
            await writer.drain()

    async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    for trouble in (hang, flood, reset, None):
        v1 = Application(always({"a": 1}))
        async with shadowing_gateway(
            v1, trouble, terms="noise = 0\nseconds = 0.3\nwaiting = 3\nat_once = 2\nbody = 1000", wire=wire
        ) as gateway:
            for _ in range(8):
                async with asyncio.timeout(2):
                    assert await gateway.get("/reviews") == '{"a": 1}'

            def over() -> bool:
                counts = known(gateway).counts
                return counts.failed + counts.dropped + known(gateway).summary.compared == 8

            await until(over)
            assert gateway.relay.shadowing.memory.held == 0
            summary = known(gateway).summary
            assert summary.equal == summary.explained == 0
            assert bool(summary.unexplained) == (trouble is flood)


async def test_memory_is_bounded_under_a_burst() -> None:
    """A side that hangs, and many requests with large answers: what exceeds the bound is dropped, and counted."""

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    v1 = Application(lambda: bytes(20_000), fields={})
    async with shadowing_gateway(v1, hang, terms="noise = 0\nmemory = 100000\nseconds = 600") as gateway:
        memory = gateway.relay.shadowing.memory
        most = 0

        async def ask() -> None:
            nonlocal most
            for _ in range(5):
                assert len((await gateway.client.get("/reviews")).content) == 20_000
                most = max(most, memory.held)

        await asyncio.gather(*(ask() for _ in range(8)))
        counts = known(gateway).counts
        assert 20_000 < most <= 100_000
        assert counts.dropped >= 36
        await gateway.relay.shadowing.close()
        assert (memory.held, known(gateway).counts.dropped) == (0, 40)


@faces
async def test_what_can_not_be_compared_is_counted_and_not_sent(*, wire: bool) -> None:
    """Bodies beyond the bound, methods that may write, answers that are no whole."""
    v1, v2 = Application(lambda: bytes(2000)), Application(always(1))
    async with shadowing_gateway(v1, v2, terms="noise = 0\nbody = 1000", wire=wire) as gateway:
        assert len((await gateway.client.get("/reviews")).content) == 2000
        v1.status, v1.bodies = 304, bytes
        assert (await gateway.client.get("/reviews", headers={"If-None-Match": '"a"'})).status_code == 304
        await gateway.post("/reviews")
        await until(lambda: known(gateway).counts.unsafe == 1)
        assert known(gateway).counts == ShadowCounts(too_large=1, unsafe=1, partial=1)
        assert v2.asked == []
        assert gateway.relay.shadowing.memory.held == 0


@faces
async def test_what_a_client_has_just_written_is_not_missed_at_v2(*, wire: bool) -> None:
    """Until the follower says that it is there, reads of that client are left out, and those of others compared."""
    v1, v2 = Application(always({"a": 1})), Application(always({"a": 1}))
    async with shadowing_gateway(v1, v2, wire=wire) as gateway:
        writer, other = {"Cookie": "sessionid=1"}, {"Cookie": "sessionid=2"}
        await gateway.client.post("/reviews", headers=writer)
        await gateway.client.get("/reviews", headers=writer)
        await gateway.client.get("/reviews", headers=other)
        await compared(gateway)
        assert known(gateway).counts == ShadowCounts(unsafe=1, pinned=1)
        gateway.traffic.recent_writes["reviews"].applied(gateway.traffic.now())
        await gateway.client.get("/reviews", headers=writer)
        await compared(gateway, 2)


@faces
async def test_writes_are_copied_where_that_is_opted_in(*, wire: bool) -> None:
    """With their body, once, and to v2 only; what asks for less than the whole is left out."""
    v1, v2 = Application(always({"a": 1})), Application(always({"a": 2}))
    async with shadowing_gateway(v1, v2, "shadow = 100, shadow_writes = true", "noise = 100", wire=wire) as gateway:
        await gateway.client.post("/reviews", content=b"text", headers={"If-Match": '"a"'})
        summary = await compared(gateway)
    assert (summary.unexplained, v1.sent, v2.sent) == (1, [b"text"], [b"text"])
    assert b"if-match" in v1.asked[0].lower()
    assert b"if-match" not in v2.asked[0].lower()


@pytest.mark.parametrize("share", [1.0, 10.0, 50.0])
async def test_the_share_of_the_requests_is_copied(share: float) -> None:
    """Within five standard deviations of what is drawn."""
    number = 400
    v1, v2 = Application(always(1)), Application(always(1))
    async with shadowing_gateway(v1, v2, f"shadow = {share}", "noise = 0\nwaiting = 1000") as gateway:
        for _ in range(number):
            await gateway.get("/reviews")
        await until(lambda: gateway.relay.shadowing.memory.held == 0)
        copied = known(gateway).summary.compared
    spread = math.sqrt(number * share / 100 * (1 - share / 100))
    assert abs(copied - number * share / 100) <= 5 * spread


async def test_v1_gets_no_copies_after_the_cutover() -> None:
    """It has no writes any more, and a GET must not make it write."""
    v1, v2 = Application(always(1)), Application(always(1))
    async with shadowing_gateway(v1, v2) as gateway:
        await gateway.control.authority("reviews", Side.V2, 2)
        await gateway.get("/reviews")
        assert gateway.relay.shadowing.memory.held == 0
        assert (len(v1.asked), len(v2.asked)) == (0, 1)


def test_workers_divide_the_bounds() -> None:
    """So that a gateway of several processes takes no more than one of one."""
    plan = shadow_plan("http://127.0.0.1:1", "http://127.0.0.1:2", terms="memory = 8000\nat_once = 8\nwaiting = 2")
    part = part_of(plan, 4).shadowing
    assert (part.memory, part.at_once, part.waiting) == (2000, 2, 1)


async def test_a_copy_is_not_copied_again() -> None:
    """By a gateway behind the gateway."""
    v1, v2 = Application(always(1)), Application(always(1))
    async with shadowing_gateway(v1, v2) as gateway:
        await gateway.get("/reviews", X_Strangler_Shadow="1")
        await until(lambda: gateway.relay.shadowing.memory.held == 0)
        await gateway.get("/reviews")
        await compared(gateway)
        assert len(v2.asked) == 1


async def test_interim_answers_to_a_copy_reach_nobody() -> None:
    """A 103 of the other side is not the client's."""

    async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
        await reader.read()

    async with shadowing_gateway(Application(always(1), fields={}), early) as gateway:
        reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        writer.write(b"GET /reviews HTTP/1.1\r\nHost: shop\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n1")
        assert (await compared(gateway)).equal == 1
        writer.write(b"GET /reviews HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200 Fine")
        writer.close()


async def test_a_client_that_goes_leaves_nothing_behind() -> None:
    """What was kept of its answer is given back, and counted as cut off."""
    begun = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + bytes(50))
        begun.set()
        await reader.read()

    async with shadowing_gateway(slow, Application(always(1))) as gateway:
        reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        writer.write(b"GET /reviews HTTP/1.1\r\nHost: shop\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await until(lambda: gateway.relay.shadowing.memory.held > 0)
        writer.close()
        await until(lambda: known(gateway).counts.cut_off == 1)
        assert gateway.relay.shadowing.memory.held == 0


def test_a_plan_says_what_is_shadowed() -> None:
    """It is part of what makes one plan different from another, and needs a v2."""
    plan = shadow_plan("http://127.0.0.1:1", "http://127.0.0.1:2", 'shadow = 10, shadow_ignore = ["header vary"]')
    rule = plan.shadowed[ROUTE]
    assert (rule.share, rule.ignore) == (10, ("header vary",))
    assert plan.shadowing.noise == 0
    off = plan.with_traffic({ROUTE: replace(plan.traffic()[ROUTE], shadow=0)})
    assert off.shadowed == {}
    assert off.digest != plan.digest


async def test_each_side_is_asked_by_the_host_it_wants() -> None:
    """Also v1 when it is asked again."""
    v1, v2 = Application(always({"a": 1})), Application(always({"a": 1}))
    hosts = '[monolith.headers]\nhost = "upstream"\n[services.reviews.headers]\nhost = "reviews.internal"\n'
    async with shadowing_gateway(v1, v2, terms=f"noise = 100\n{hosts}") as gateway:
        await gateway.get("/reviews")
        await until(lambda: known(gateway).summary.noise_pairs == 1)
        own = gateway.traffic.plan.monolith[0].authority
    assert [b"\r\nHost: %b\r\n" % own in head for head in v1.asked] == [True, True]
    assert [b"\r\nHost: reviews.internal\r\n" in head for head in v2.asked] == [True]
