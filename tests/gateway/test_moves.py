"""What a cut-over asks of the gateway: hold, count, authority, release."""

from __future__ import annotations

import asyncio

import pytest

from strangler.model.authority import Side as Authority
from strangler.project import RouteMatch
from strangler_gateway.admin.control import resumed
from strangler_gateway.admin.messages import ShiftRequest
from strangler_gateway.hold import HoldTerms
from strangler_gateway.in_flight import RouteCount, SideCount
from strangler_gateway.moment import Moment
from strangler_gateway.recent_writes import CAP_SECONDS
from strangler_gateway.traffic import ConflictError, Known, StaleEpochError
from tests.gateway.running import MemoryKeeper, RunningGateway, given_up, plan, two_sides, until

pytestmark = pytest.mark.anyio


def terms(epoch: int = 2, limit: int = 100, seconds: float = 30, *routes: RouteMatch) -> HoldTerms:
    """Return what to hold with."""
    return HoldTerms(epoch, limit, seconds, routes)


def waiting(gateway: RunningGateway, number: int) -> bool:
    """Whether so many requests wait."""
    return gateway.control.in_flight("reviews").waiting == number


async def test_held_writes_reach_the_new_authority_and_none_is_lost() -> None:
    """Reads and other routes pass while writes wait; after the release all of them arrive at v2, and only there."""
    async with two_sides() as (gateway, v1, v2):
        gateway.control.hold("reviews", terms())
        held = [asyncio.create_task(gateway.post(f"/reviews/{number}")) for number in range(50)]
        await until(lambda: waiting(gateway, 50))
        assert await gateway.get("/reviews") == "v1"
        assert await gateway.post("/basket") == "v1"
        assert {(method, path) for method, path, _, _ in v1.seen} == {("GET", "/reviews"), ("POST", "/basket")}
        await gateway.control.authority("reviews", Authority.V2, 2)
        assert waiting(gateway, 50)
        gateway.control.release("reviews", 2)
        assert await asyncio.gather(*held) == ["v2"] * 50
        assert sorted(path for _, path, _, _ in v2.seen) == sorted(f"/reviews/{number}" for number in range(50))
        assert all(body == b"text" for _, _, _, body in v2.seen)


async def test_writes_that_run_when_the_hold_comes_are_counted_until_their_response_is_complete() -> None:
    """No request is in neither count: it waits, or it is in flight."""
    async with two_sides() as (gateway, v1, _):
        v1.open.clear()
        running = [asyncio.create_task(gateway.post("/reviews")) for _ in range(5)]
        reading = asyncio.create_task(gateway.get("/reviews"))
        await until(lambda: len(v1.seen) == 6)
        gateway.control.hold("reviews", terms())
        held = asyncio.create_task(gateway.post("/reviews"))
        await until(lambda: waiting(gateway, 1))
        count = gateway.control.in_flight("reviews")
        assert (count.v1, count.v2, count.holding) == (SideCount(read=1, write=5), SideCount(), True)
        v1.open.set()
        await asyncio.gather(*running, reading)
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())
        assert waiting(gateway, 1)
        await given_up(gateway)
        assert await held == "v1"


async def test_requests_for_the_further_routes_wait_and_count_as_writes() -> None:
    """A route of the monolith that writes the tables being moved is held too, even when its method is GET."""
    async with two_sides() as (gateway, v1, _):
        v1.open.clear()
        running = asyncio.create_task(gateway.get("/account/forget"))
        await until(lambda: len(v1.seen) == 1)
        gateway.control.hold("reviews", terms(2, 100, 30, RouteMatch("/account/{what}", ("GET",))))
        held = asyncio.create_task(gateway.get("/account/leave"))
        await until(lambda: waiting(gateway, 1))
        assert gateway.control.in_flight("reviews").v1 == SideCount(read=0, write=1)
        v1.open.set()
        await given_up(gateway)
        assert await asyncio.gather(running, held) == ["v1", "v1"]


async def test_what_overflows_goes_on_to_the_authority() -> None:
    """The queue is bounded; who does not fit does not wait."""
    async with two_sides() as (gateway, _, _):
        gateway.control.hold("reviews", terms(limit=1))
        held = asyncio.create_task(gateway.post("/reviews"))
        await until(lambda: waiting(gateway, 1))
        assert await gateway.post("/reviews") == "v1"
        status = gateway.control.service_status("reviews")
        assert status.hold is not None
        assert status.hold.overflowed == 1
        await given_up(gateway)
        assert await held == "v1"


async def test_a_hold_ends_by_itself() -> None:
    """When nobody releases it, everything goes on to the authority, and nothing is held any more."""
    async with two_sides() as (gateway, _, _):
        gateway.control.hold("reviews", terms(seconds=0.05))
        assert await gateway.post("/reviews") == "v1"
        assert not gateway.control.in_flight("reviews").holding
        assert await gateway.post("/reviews") == "v1"


async def test_a_client_that_gives_up_while_it_is_held_is_not_served() -> None:
    """Its write never reaches a side: the client was told nothing of it."""
    async with two_sides() as (gateway, v1, _):
        gateway.control.hold("reviews", terms())
        reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        writer.write(b"DELETE /reviews/1 HTTP/1.1\r\nHost: shop\r\n\r\n")
        await until(lambda: waiting(gateway, 1))
        writer.close()
        await writer.wait_closed()
        await until(lambda: waiting(gateway, 0))
        other = asyncio.create_task(gateway.post("/reviews"))
        await until(lambda: waiting(gateway, 1))
        await given_up(gateway)
        assert await other == "v1"
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())
        assert [method for method, _, _, _ in v1.seen] == ["POST"]
        assert await reader.read() == b""


async def test_an_old_epoch_is_refused_and_the_same_one_changes_nothing() -> None:
    """The highest epoch wins, whatever comes late."""
    async with two_sides() as (gateway, _, _):
        await gateway.control.authority("reviews", Authority.V2, 5)
        await gateway.control.authority("reviews", Authority.V2, 5)
        for side, epoch in ((Authority.V1, 4), (Authority.V1, 5)):
            with pytest.raises(StaleEpochError):
                await gateway.control.authority("reviews", side, epoch)
        with pytest.raises(StaleEpochError):
            gateway.control.hold("reviews", terms(epoch=4))
        with pytest.raises(StaleEpochError):
            gateway.control.release("reviews", 4)
        assert gateway.traffic.authority("reviews") == Known(Authority.V2, 5)
        assert await gateway.get("/reviews") == "v2"
        assert await gateway.post("/reviews") == "v2"


async def test_a_gateway_that_starts_again_knows_authority_and_shares() -> None:
    """What was confirmed was written before."""
    keeper = MemoryKeeper()
    async with two_sides(keeper=keeper) as (gateway, _, _):
        await gateway.control.shift("reviews", 100, ())
        await gateway.control.authority("reviews", Authority.V2, 2)
    stopped = keeper.read()
    async with two_sides(keeper=keeper) as (gateway, _, _):
        assert gateway.traffic.authority("reviews") == Known(Authority.V2, 2)
    shares = {route: traffic.v2 for route, traffic in stopped.traffic.items()}
    assert shares == {"GET,POST /reviews": 100, "* /reviews/{number}": 0}


async def test_a_write_that_was_sent_pins_its_client_until_the_follower_has_passed_it() -> None:
    """Who has written reads from the authority, whatever the share; others do not."""
    now = 1000.0
    async with two_sides(share=100, clock=lambda: now) as (gateway, _, _):
        assert await gateway.get("/reviews", X_User="ann") == "v2"
        assert await gateway.post("/reviews/1", X_User="ann") == "v1"
        assert await gateway.get("/reviews", X_User="ann") == "v1"
        assert await gateway.get("/reviews", X_User="bob") == "v2"
        await gateway.control.watermark("reviews", Moment(gateway.control.instance, 999.0))
        assert await gateway.get("/reviews", X_User="ann") == "v1"
        await gateway.control.watermark("reviews", Moment(gateway.control.instance, 1001.0))
        assert await gateway.get("/reviews", X_User="ann") == "v2"


async def test_a_moment_of_another_start_of_the_gateway_ends_no_pin() -> None:
    """The clock of a host begins anew when it boots, and another host may have taken over the address."""
    async with two_sides(share=100, clock=lambda: 1000.0) as (gateway, _, _):
        assert await gateway.post("/reviews/1", X_User="ann") == "v1"
        await gateway.control.watermark("reviews", Moment("another", 5000.0))
        await gateway.control.watermark("reviews", None)
        assert await gateway.get("/reviews", X_User="ann") == "v1"


async def test_readers_go_to_v1_while_a_follower_that_has_reported_is_silent() -> None:
    """v2 lacks what v1 has written since; a gateway that starts again knows that somebody has to follow."""
    now = 1000.0
    keeper = MemoryKeeper()
    async with two_sides(share=100, clock=lambda: now, keeper=keeper) as (gateway, _, _):
        control = gateway.control
        now += 2 * CAP_SECONDS
        assert await gateway.get("/reviews") == "v2"
        await control.watermark("reviews", Moment(control.instance, now))
        assert await gateway.get("/reviews") == "v2"
        now += CAP_SECONDS
        assert await gateway.get("/reviews") == "v1"
        assert control.service_status("reviews").stale
        await control.watermark("reviews", Moment(control.instance, now))
        assert await gateway.get("/reviews") == "v2"
        assert not control.service_status("reviews").stale
    assert keeper.read().followed == ("reviews",)
    next_start = resumed(plan(), keeper).traffic.writes_of("reviews")
    assert not next_start.stale
    assert next_start.complete_at > 0


async def test_who_accepts_stale_reads_gets_them() -> None:
    """The service may have got a database that nobody needs to follow."""
    now = 1000.0
    keeper = MemoryKeeper()
    async with two_sides(share=100, clock=lambda: now, keeper=keeper) as (gateway, _, _):
        await gateway.control.watermark("reviews", Moment(gateway.control.instance, now))
        now += CAP_SECONDS
        assert await gateway.get("/reviews") == "v1"
        await gateway.control.take_shift(ShiftRequest("reviews", 100, stale=True))
        assert await gateway.get("/reviews") == "v2"
    assert keeper.read().followed == ()


async def test_the_header_chooses_the_side_of_a_read_only() -> None:
    """A write goes to the authority whatever it asks for."""
    async with two_sides() as (gateway, _, _):
        assert await gateway.get("/reviews", X_Strangler_Side="v2") == "v2"
        assert await gateway.post("/reviews", X_Strangler_Side="v2") == "v1"


async def test_a_hold_that_arrives_after_its_release_is_refused() -> None:
    """A gateway that stood still hears both at once, in any order: nobody waits for a move that is over."""
    async with two_sides() as (gateway, _, _):
        await given_up(gateway, 2)
        with pytest.raises(StaleEpochError, match="the hold of epoch 2 of reviews was released already"):
            gateway.control.hold("reviews", terms(2))
        gateway.control.hold("reviews", terms(3))
        assert gateway.control.in_flight("reviews").holding


async def test_a_gateway_that_has_not_heard_of_the_new_authority_releases_nothing_for_it() -> None:
    """What it holds would go to the side that is closed."""
    async with two_sides() as (gateway, v1, v2):
        gateway.control.hold("reviews", terms(2))
        held = asyncio.create_task(gateway.post("/reviews"))
        await until(lambda: waiting(gateway, 1))
        with pytest.raises(ConflictError, match="knows the authority over reviews of epoch 0 only, not 3"):
            gateway.control.release("reviews", 3)
        assert waiting(gateway, 1)
        await gateway.control.authority("reviews", Authority.V2, 3)
        gateway.control.release("reviews", 3)
        assert await held == "v2"
        assert (len(v1.seen), len(v2.seen)) == (0, 1)


async def test_requests_in_flight_are_told_apart_by_route_and_side() -> None:
    """Who waits for them sees what they wait for."""
    async with two_sides() as (gateway, v1, _):
        v1.open.clear()
        running = [asyncio.create_task(gateway.post(path)) for path in ("/reviews", "/reviews", "/reviews/1", "/leave")]
        await until(lambda: len(v1.seen) == 4)
        gateway.control.hold("reviews", terms(2, 100, 30, RouteMatch("/leave", ("POST",))))
        assert gateway.control.in_flight("reviews").routes == (
            RouteCount("* /reviews/{number}", Authority.V1, 1),
            RouteCount("GET,POST /reviews", Authority.V1, 2),
            RouteCount("POST /leave", Authority.V1, 1),
        )
        v1.open.set()
        await asyncio.gather(*running)
