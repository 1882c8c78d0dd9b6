"""An application is given no more requests at a time than its lane is wide; the rest waits where it can be held."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.authority import Side as Authority
from strangler_gateway.hold import HoldTerms
from strangler_gateway.in_flight import SideCount, Ticket
from strangler_gateway.lanes import Lane, LaneFullError
from tests.gateway.running import RunningGateway, two_sides, until

pytestmark = pytest.mark.anyio


def waiting(gateway: RunningGateway) -> int:
    """Return how many requests wait for the monolith."""
    lane = gateway.relay.admissions.lanes.of(Ticket(None, Authority.V1, "GET", "/"), gateway.traffic.plan)
    assert lane is not None
    return lane.waiting


@given(width=st.integers(1, 4), leavers=st.lists(st.booleans(), max_size=30))
def test_places_are_never_lost_and_never_given_twice(width: int, leavers: list[bool]) -> None:
    """Whoever gives up while waiting takes nothing with him; the others come in the order they asked."""

    async def scenario() -> None:
        lane = Lane(width)
        entered: list[int] = []
        inside = 0

        async def pass_through(number: int) -> None:
            nonlocal inside
            await lane.enter()
            entered.append(number)
            inside += 1
            assert inside <= width
            try:
                await asyncio.sleep(0)
            finally:
                inside -= 1
                lane.leave()

        tasks = [asyncio.create_task(pass_through(number)) for number in range(len(leavers))]
        await asyncio.sleep(0)  # all of them ask
        for task, leaves in zip(tasks, leavers, strict=True):
            if leaves:
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        patient = [number for number, result in enumerate(results) if result is None]
        assert [number for number in entered if number in patient] == patient
        assert set(patient) >= {number for number, leaves in enumerate(leavers) if not leaves}
        assert lane.waiting == 0
        for _ in range(width):
            assert not await lane.enter()

    asyncio.run(asyncio.wait_for(scenario(), 10))


async def test_a_full_queue_refuses() -> None:
    """It is bounded."""
    lane = Lane(1, most_waiting=1)
    await lane.enter()
    waiting = asyncio.create_task(lane.enter())
    await asyncio.sleep(0)
    with pytest.raises(LaneFullError):
        await lane.enter()
    lane.leave()
    assert await waiting


async def test_the_monolith_is_given_no_more_than_its_lane_is_wide() -> None:
    """The next one goes when one has been answered; v2 has a lane of its own, here none."""
    async with two_sides(width=2) as (gateway, v1, _):
        v1.open.clear()
        asked = [asyncio.create_task(gateway.get(f"/basket/{number}")) for number in range(5)]
        await until(lambda: len(v1.seen) == 2)
        assert await gateway.get("/reviews", x_strangler_side="v2") == "v2"
        assert len(v1.seen) == 2
        v1.open.set()
        assert await asyncio.gather(*asked) == ["v1"] * 5
        assert sorted(path for _, path, _, _ in v1.seen) == [f"/basket/{number}" for number in range(5)]


async def test_what_waits_in_the_lane_is_held_and_goes_to_the_new_authority() -> None:
    """It is not in flight, so a cut-over does not wait for the monolith's backlog."""
    async with two_sides(width=1) as (gateway, v1, v2):
        v1.open.clear()
        reading = asyncio.create_task(gateway.get("/basket"))
        await until(lambda: len(v1.seen) == 1)
        writing = [asyncio.create_task(gateway.post(f"/reviews/{number}")) for number in range(20)]
        await until(lambda: waiting(gateway) == 20)
        gateway.control.hold("reviews", HoldTerms(2, 100, 30))
        assert gateway.control.in_flight("reviews").v1 == SideCount()
        await gateway.control.authority("reviews", Authority.V2, 2)
        v1.open.set()
        assert await reading == "v1"
        await until(lambda: gateway.control.in_flight("reviews").waiting == 20)
        gateway.control.release("reviews", 2)
        assert await asyncio.gather(*writing) == ["v2"] * 20
        assert len(v1.seen) == 1
        assert len(v2.seen) == 20


async def test_what_does_not_fit_the_queue_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After; what waits is served."""
    monkeypatch.setattr("strangler_gateway.lanes.Lane.__init__.__defaults__", (1,))
    async with two_sides(width=1) as (gateway, v1, _):
        v1.open.clear()
        served = [asyncio.create_task(gateway.get("/basket"))]
        await until(lambda: len(v1.seen) == 1)
        served.append(asyncio.create_task(gateway.get("/basket")))
        await until(lambda: waiting(gateway) == 1)
        answer = await gateway.client.get("/basket")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        v1.open.set()
        assert await asyncio.gather(*served) == ["v1"] * 2


async def test_a_new_plan_may_change_the_width() -> None:
    """Who is on his way gives his place back where he took it."""
    async with two_sides(width=1) as (gateway, v1, _):
        v1.open.clear()
        first = asyncio.create_task(gateway.get("/basket"))
        await until(lambda: len(v1.seen) == 1)
        await gateway.control.adopt(replace(gateway.traffic.plan, monolith_width=2))
        more = [asyncio.create_task(gateway.get("/basket")) for _ in range(3)]
        await until(lambda: len(v1.seen) == 3)
        v1.open.set()
        assert await asyncio.gather(first, *more) == ["v1"] * 4


async def test_a_client_that_gives_up_in_the_lane_is_not_served() -> None:
    """Its write reaches no side, and its place goes to the next."""
    async with two_sides(width=1) as (gateway, v1, _):
        v1.open.clear()
        first = asyncio.create_task(gateway.get("/basket"))
        await until(lambda: len(v1.seen) == 1)
        _, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        writer.write(b"DELETE /reviews/1 HTTP/1.1\r\nHost: shop\r\n\r\n")
        await until(lambda: waiting(gateway) == 1)
        writer.close()
        await writer.wait_closed()
        last = asyncio.create_task(gateway.get("/last"))
        await asyncio.sleep(0.05)
        v1.open.set()
        assert await asyncio.gather(first, last) == ["v1", "v1"]
        assert [path for _, path, _, _ in v1.seen] == ["/basket", "/last"]
