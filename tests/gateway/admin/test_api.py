"""The admin API and its client, over a real connection."""

from __future__ import annotations

import asyncio
import logging
import socket
from threading import Event

import httpx
import msgspec
import pytest

from strangler.model.authority import Side
from strangler.model.errors import StranglerError
from strangler.project import Address, RouteMatch
from strangler.secret import Secret
from strangler_gateway.admin.client import AdminClient, GatewayRefusedError, GatewayUnavailableError
from strangler_gateway.admin.fleet import Fleet, GatewaysMissingError, HoldOverError
from strangler_gateway.admin.messages import HoldRequest, ShiftRequest
from strangler_gateway.in_flight import InFlight
from strangler_gateway.traffic import ConflictError
from tests.gateway.admin.answers_awaited import AWAITED_SECONDS, time_is_up
from tests.gateway.running import READER, TOKEN, raw_upstream, two_sides, until

pytestmark = pytest.mark.anyio

NOWHERE = Address("127.0.0.1", 1)


async def test_every_order_is_confirmed_with_what_it_changed() -> None:
    """The client says what the gateway then knows."""

    def move(client: AdminClient) -> None:
        assert client.shift("reviews", 10).shares == {"GET,POST /reviews": 10, "* /reviews/{number}": 0}
        assert client.shift("reviews", 5, ["/reviews/{number}"]).shares["* /reviews/{number}"] == 5
        assert client.shift("reviews", 6, ["* /reviews/{number}"]).shares["* /reviews/{number}"] == 6
        moment = client.watermark("reviews", None).moment
        assert moment is not None
        later = client.watermark("reviews", moment).moment
        assert later is not None
        assert (later.gateway, later.seconds >= moment.seconds) == (moment.gateway, True)
        held = client.hold(HoldRequest("reviews", epoch=2, limit=7, seconds=30, routes=(RouteMatch("/a", ("GET",)),)))
        assert held.hold is not None
        assert (held.hold.epoch, held.hold.limit, held.hold.waiting) == (2, 7, 0)
        assert client.in_flight("reviews") == InFlight(holding=True)
        assert client.authority("reviews", Side.V2, 2).side is Side.V2
        assert client.release("reviews", 2).hold is None
        known = client.status().services["reviews"]
        assert (known.side, known.epoch, known.in_flight) == (Side.V2, 2, InFlight())

    async with two_sides() as (gateway, _, _):
        with AdminClient(gateway.admin, TOKEN) as client:
            await asyncio.to_thread(move, client)


async def test_a_refusal_says_why_and_what_to_do() -> None:
    """A conflict can be told from a mistake."""

    def contradict(client: AdminClient) -> list[tuple[int, bool, str]]:
        client.authority("reviews", Side.V2, 5)
        refusals: list[tuple[int, bool, str]] = []
        for order in (
            lambda: client.authority("reviews", Side.V1, 4),
            lambda: client.shift("reviews", 10),
            lambda: client.in_flight("orders"),
            lambda: client.hold(HoldRequest("reviews", epoch=6, limit=1, seconds=0)),
            lambda: client.hold(HoldRequest("reviews", epoch=6, limit=1, seconds=3600)),
        ):
            with pytest.raises(GatewayRefusedError) as caught:
                order()
            refusals.append((caught.value.status, caught.value.conflict, caught.value.what))
        return refusals

    async with two_sides() as (gateway, _, _):
        with AdminClient(gateway.admin, TOKEN) as client:
            assert await asyncio.to_thread(contradict, client) == [
                (409, True, "epoch 4 of reviews is over: this gateway knows of epoch 5"),
                (409, True, "reviews was cut over: all its requests go to v2, and none can be sent elsewhere"),
                (422, False, "the plan of this gateway has no service orders"),
                *[(400, False, "seconds must be more than 0 and at most 60, and limit from 0 to 100000")] * 2,
            ]


async def test_nobody_is_let_in_without_the_token() -> None:
    """Whatever is asked; only whether the gateway lives is no secret."""
    async with two_sides() as (gateway, _, _), httpx.AsyncClient(base_url=f"http://{gateway.admin}") as client:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN.reveal()}):
            for path in ("/status", "/in-flight?service=reviews", "/nothing"):
                assert (await client.get(path, headers=headers)).status_code == 401
        assert (await client.get("/healthcheck")).json() == {"status": "ok"}
        with AdminClient(gateway.admin, Secret("wrong")) as wrong, pytest.raises(GatewayRefusedError) as caught:
            await asyncio.to_thread(wrong.status)
        assert caught.value.status == 401
        assert str(caught.value).endswith("correct it, or restart the gateway with it")


async def test_who_may_only_look_orders_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Every order is noted with the role, also one that is refused; looking is not, nor how far a follower is."""
    caplog.set_level(logging.INFO, "strangler_gateway.audit")
    async with two_sides() as (gateway, _, _):
        with AdminClient(gateway.admin, READER) as looking, AdminClient(gateway.admin, TOKEN) as ordering:
            assert (await asyncio.to_thread(looking.status)).services["reviews"].epoch == 0
            with pytest.raises(GatewayRefusedError, match="this token is for looking only") as caught:
                await asyncio.to_thread(looking.shift, "reviews", 10)
            assert caught.value.status == 403
            await asyncio.to_thread(ordering.shift, "reviews", 10)
            await asyncio.to_thread(ordering.watermark, "reviews", None)
            with pytest.raises(GatewayRefusedError):
                await asyncio.to_thread(ordering.shift, "orders", 10)
    rest = '"paths":[],"override":null,"weights":{},"everybody":false,"stale":false}'
    assert [record.getMessage() for record in caplog.records if record.name == "strangler_gateway.audit"] == [
        "POST /shift by reader: refused",
        'POST /shift by operator: 200 {"service":"reviews","v2":10.0,' + rest,
        'POST /shift by operator: 422 {"service":"orders","v2":10.0,' + rest,
    ]


async def test_clients_find_no_admin_path() -> None:
    """What is asked of the public listener goes to the application, with and without the token."""
    async with two_sides() as (gateway, v1, _):
        for path in ("/status", "/healthcheck", "/in-flight", "/hold"):
            for headers in ({}, {"Authorization": f"Bearer {TOKEN.reveal()}"}):
                answer = await gateway.client.get(path, headers=headers)
                assert answer.text == "v1"
        await gateway.client.post("/shift", content=b"{}", headers={"Authorization": f"Bearer {TOKEN.reveal()}"})
        assert [path for _, path, _, _ in v1.seen][-2:] == ["/hold", "/shift"]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"service": "reviews"}', b'{"service": "reviews", "v2": "much"}'])
async def test_what_can_not_be_read_is_refused_in_json(body: bytes) -> None:
    """With what is wrong with it."""
    async with two_sides() as (gateway, _, _), httpx.AsyncClient(base_url=f"http://{gateway.admin}") as client:
        answer = await client.post("/shift", content=body, headers={"Authorization": f"Bearer {TOKEN.reveal()}"})
        assert answer.status_code == 422
        assert answer.json()["error"].startswith("the request cannot be read: ")


def test_no_type_is_prepared_when_an_answer_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers come in several threads, and msgspec crashes where two of them are the first that need a type."""
    monkeypatch.delattr(msgspec.json, "decode")
    answers = iter([httpx.Response(200, json={"holding": True}), httpx.Response(409, json={"error": "no"})])
    with AdminClient(NOWHERE, TOKEN, transport=httpx.MockTransport(lambda _: next(answers))) as client:
        assert client.in_flight("reviews") == InFlight(holding=True)
        with pytest.raises(GatewayRefusedError, match="no"):
            client.status()


async def test_an_order_to_several_gateways_names_those_that_do_not_confirm() -> None:
    """One that is missing is enough to fail; what the others confirmed is said too."""
    with AdminClient(NOWHERE, TOKEN) as client, pytest.raises(GatewayUnavailableError) as gone:
        client.status()
    assert gone.value.gateway == NOWHERE
    async with two_sides() as (gateway, _, _):
        with Fleet((gateway.admin, NOWHERE), TOKEN) as fleet:
            with pytest.raises(GatewaysMissingError, match="1 of 2 gateways did not confirm the share") as caught:
                await asyncio.to_thread(fleet.shift, ShiftRequest("reviews", 10))
            assert (tuple(caught.value.missing), caught.value.confirmed) == ((NOWHERE,), (gateway.admin,))
            assert gateway.traffic.plan.traffic()["GET,POST /reviews"].v2 == 10
            await asyncio.to_thread(fleet.require_before_cutover, "reviews")
            await gateway.control.authority("reviews", Side.V2, 2)
            with pytest.raises(ConflictError):
                await asyncio.to_thread(fleet.require_before_cutover, "reviews")


async def test_a_gateway_that_stands_still_is_not_waited_for_and_keeps_no_other_one_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All are asked at once, and the time is that of all of them together."""
    silent = asyncio.Event()
    time_is_up(monkeypatch, silent=lambda: 1)

    async def stand_still(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        await silent.wait()

    async with raw_upstream(stand_still) as url, two_sides() as (gateway, _, _):
        still = Address("127.0.0.1", int(url.rpartition(":")[2]))
        with Fleet((still, gateway.admin), TOKEN, AWAITED_SECONDS) as fleet:
            with pytest.raises(GatewaysMissingError, match="1 of 2 gateways did not confirm the hold") as caught:
                await asyncio.to_thread(fleet.hold, HoldRequest("reviews", 2, 10, 30))
            assert caught.value.confirmed == (gateway.admin,)
            answers = await asyncio.to_thread(fleet.each_status)
            assert isinstance(answers[still], GatewayUnavailableError)
            assert not isinstance(answers[gateway.admin], StranglerError)
            silent.set()


def give(order: str, fleet: Fleet) -> None:
    """Give an order to all gateways."""
    match order:
        case "the share":
            fleet.shift(ShiftRequest("reviews", 10))
        case "the rollback":
            fleet.rollback("reviews")
        case _:
            fleet.hold(HoldRequest("reviews", 2, 10, 30))


@pytest.mark.parametrize("order", ["the share", "the rollback", "the hold"])
async def test_one_that_is_dead_and_one_that_answers_late_are_named(
    order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that comes too late confirms nothing; repeated, the order is confirmed by who answers in time."""
    in_time = asyncio.Event()
    time_is_up(monkeypatch, silent=lambda: 0 if in_time.is_set() else 1)
    async with two_sides() as (gateway, _, _):

        async def answer_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
                await in_time.wait()
                status = msgspec.json.encode(gateway.control.service_status("reviews"))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(status), status))

        async with raw_upstream(answer_late) as url:
            late = Address("127.0.0.1", int(url.rpartition(":")[2]))
            with Fleet((gateway.admin, NOWHERE, late), TOKEN, AWAITED_SECONDS) as fleet:
                with pytest.raises(GatewaysMissingError, match=f"2 of 3 gateways did not confirm {order}: ") as caught:
                    await asyncio.to_thread(give, order, fleet)
                assert (set(caught.value.missing), caught.value.confirmed) == ({NOWHERE, late}, (gateway.admin,))
                assert f"{NOWHERE}: " in str(caught.value)
                assert f"{late}: " in str(caught.value)
                in_time.set()
            with Fleet((gateway.admin, NOWHERE, late), TOKEN, AWAITED_SECONDS) as fleet:
                with pytest.raises(GatewaysMissingError, match=f"1 of 3 gateways did not confirm {order}: ") as caught:
                    await asyncio.to_thread(give, order, fleet)
                assert set(caught.value.missing) == {NOWHERE}


async def test_a_connection_that_comes_about_after_the_end_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is asked may be so slow that nobody waits for the answer any more."""
    connecting, over, hung_up = Event(), Event(), asyncio.Event()
    connect = socket.create_connection

    def connected_late(address: tuple[str, int], timeout: float, *, source_address: None) -> socket.socket:
        connecting.set()
        over.wait()
        return connect(address, timeout, source_address)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await reader.read()
        hung_up.set()

    async with raw_upstream(answer) as url:
        monkeypatch.setattr(socket, "create_connection", connected_late)
        time_is_up(monkeypatch, silent=lambda: int(connecting.wait(AWAITED_SECONDS)))
        late = Address("127.0.0.1", int(url.rpartition(":")[2]))
        with Fleet((late,), TOKEN, AWAITED_SECONDS) as fleet:
            answers = await asyncio.to_thread(fleet.each_status)
            assert isinstance(answers[late], GatewayUnavailableError)
        over.set()
        await until(hung_up.is_set)


async def test_a_gateway_whose_hold_is_over_is_named() -> None:
    """Its writes are on their way, whatever its count says."""
    async with two_sides() as (gateway, _, _):
        with Fleet((gateway.admin,), TOKEN) as fleet:
            with pytest.raises(HoldOverError, match=f"the hold has ended by itself at {gateway.admin}"):
                await asyncio.to_thread(fleet.writes_in_flight, "reviews", Side.V1)
            await asyncio.to_thread(fleet.hold, HoldRequest("reviews", 2, 10, 30))
            assert await asyncio.to_thread(fleet.writes_in_flight, "reviews", Side.V1) == 0


async def test_a_rollback_sends_every_reader_to_v1_until_the_cut_over() -> None:
    """Also those of routes that got their share by name."""
    async with two_sides() as (gateway, _, _):
        with AdminClient(gateway.admin, TOKEN) as client:
            await asyncio.to_thread(client.shift, "reviews", 100)
            await asyncio.to_thread(client.shift, "reviews", 100, ["/reviews/{number}"])
            known = await asyncio.to_thread(client.rollback, "reviews")
            assert known.shares == {"GET,POST /reviews": 0, "* /reviews/{number}": 0}
            await gateway.control.authority("reviews", Side.V2, 2)
            with pytest.raises(GatewayRefusedError, match="strangler rollback reviews"):
                await asyncio.to_thread(client.rollback, "reviews")
