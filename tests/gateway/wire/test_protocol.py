"""The clients' side of the gateway: connections, bodies, tunnels and their limits."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from uvicorn.server import ServerState

from strangler.model.authority import Side
from strangler.model.wire import WireTerms
from strangler.project import Address
from strangler_gateway.in_flight import SideCount, Ticket
from strangler_gateway.relay import Relay
from strangler_gateway.traffic import Traffic
from strangler_gateway.transport.exchange import Exchange
from strangler_gateway.transport.pool import ConnectionPools
from strangler_gateway.wire.listening import speaking_for
from tests.gateway.running import Handler, RunningGateway, impatient, plan, raw_upstream, running_gateway, until

pytestmark = pytest.mark.anyio

GET = b"GET /reviews HTTP/1.1\r\nHost: shop\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class SilentTransport(asyncio.Transport):
    """The connection of a client that has gone."""

    def is_closing(self) -> bool:
        """Return True: nothing can be sent."""
        return True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Lose what is sent."""

    def close(self) -> None:
        """Be closed already."""


@asynccontextmanager
async def speaking(
    handle: Handler, terms: WireTerms | None = None, patience: float = 10
) -> AsyncGenerator[tuple[RunningGateway, asyncio.StreamReader, asyncio.StreamWriter]]:
    """Run a gateway before an upstream, and a client's connection to it."""
    async with (
        raw_upstream(handle) as url,
        running_gateway(impatient(plan(v1=url), patience), terms=terms) as gateway,
    ):
        reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        try:
            async with asyncio.timeout(20):
                yield gateway, reader, writer
        finally:
            writer.close()


async def echo_targets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with the target."""
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        target = head.split(b" ")[1]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(target), target))


async def test_requests_sent_ahead_are_answered_in_their_order() -> None:
    """However their bytes are cut."""
    async with speaking(echo_targets) as (_, reader, writer):
        sent = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(50))
        for at in range(0, len(sent), 7):
            writer.write(sent[at : at + 7])
            await writer.drain()
        for number in range(50):
            await reader.readuntil(b"\r\n\r\n")
            target = b"/%d" % number
            assert await reader.readexactly(len(target)) == target


async def test_many_clients_at_once_get_their_own_answers() -> None:
    """Whichever upstream connection carries them."""

    async def ask(gateway: RunningGateway, client: int) -> None:
        reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        for number in range(20):
            target = b"/%d/%d" % (client, number)
            writer.write(b"GET %b HTTP/1.1\r\nHost: a\r\nCookie: c=%d\r\n\r\n" % (target, client))
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(len(target)) == target
        writer.close()

    async with speaking(echo_targets) as (gateway, _, _):
        await asyncio.gather(*(ask(gateway, client) for client in range(40)))
        await until(lambda: gateway.control.in_flight("reviews") == type(gateway.control.in_flight("reviews"))())


def _exchanges() -> int:
    return sum(isinstance(known, Exchange) for known in gc.get_objects())


async def test_requests_that_are_over_leave_nothing_to_collect() -> None:
    """Who knows whom is no circle then: a collector that has to run every few requests is a tenth of their cost."""
    async with speaking(echo_targets) as (_, reader, writer):
        gc.collect()
        gc.disable()
        try:
            before = _exchanges()
            for _ in range(20):
                writer.write(b"GET /x HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n")
                await reader.readuntil(b"\r\n\r\n/x")
            # The first goes through the relay, because there was no connection yet.
            assert _exchanges() <= before + 2
        finally:
            gc.enable()


async def test_a_body_is_asked_for_when_the_upstream_wants_it() -> None:
    """100 is passed on, then the body, then the answer."""
    got: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        got.append(await reader.readexactly(4))
        writer.write(OK)

    async with speaking(handle) as (_, reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"text")
        assert await reader.readuntil(b"ok") == OK
    assert got == [b"text"]


async def test_a_body_nobody_wants_is_not_asked_for() -> None:
    """The refusal comes at once, and the connection ends: what follows cannot be told apart from a request."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async with speaking(handle) as (_, reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        answer = await reader.read()
        assert answer == b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize("warm", [True, False])
async def test_an_upgraded_connection_is_a_tunnel(*, warm: bool) -> None:
    """Bytes both ways, those sent ahead too, until one side ends it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        while b"pgrade" not in head:
            writer.write(OK)
            head = await reader.readuntil(b"\r\n\r\n")
        assert b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" in head
        writer.write(b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nfirst")
        while data := await reader.read(65536):
            writer.write(data.upper())
            await writer.drain()

    async with speaking(handle) as (gateway, reader, writer):
        if warm:
            writer.write(GET)
            await reader.readuntil(b"ok")
        writer.write(b"GET /reviews HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nahead")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head == b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        assert await reader.readexactly(10) == b"firstAHEAD"
        payload = b"x" * 300_000
        writer.write(payload)
        assert await reader.readexactly(len(payload)) == payload.upper()
        assert gateway.control.in_flight("reviews").v1 == SideCount(read=1)
        writer.close()
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())


@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("part", [b"Content-Length: 9\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"])
async def test_a_response_that_is_cut_off_never_looks_whole(part: bytes, *, warm: bool) -> None:
    """On both ways."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if warm:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + part)

    async with speaking(handle) as (gateway, reader, writer):
        if warm:
            writer.write(GET)
            await reader.readuntil(b"ok")
        writer.write(GET)
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"abc" in answer
        assert not answer.endswith(b"0\r\n\r\n")
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())


async def test_a_kept_connection_that_was_closed_fails_no_request() -> None:
    """It is sent again, by the relay."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")

    async with speaking(handle) as (gateway, reader, writer):
        for _ in range(3):
            writer.write(GET)
            assert await reader.readuntil(b"ok") == OK
        assert gateway.control.in_flight("reviews").v1 == SideCount()


async def test_who_goes_before_anything_was_done_is_not_counted_any_longer() -> None:
    """A request that arrives together with the end of its connection: a cut-over would wait for it for ever."""
    origin = plan(v1="http://127.0.0.1:1")
    traffic = Traffic(replace(origin, monolith_width=1), lambda: 0.0)
    relay = Relay(traffic, ConnectionPools())
    state = ServerState()
    for _ in range(2):
        protocol = speaking_for(relay)(server_state=state)
        protocol.connection_made(SilentTransport())
        protocol.data_received(GET)
        protocol.connection_lost(None)
        await until(lambda: not state.tasks)
        assert traffic.in_flight("reviews").v1 == SideCount()
    lane = relay.admissions.lanes.of(Ticket(None, Side.V1, "GET", "/"), traffic.plan)
    assert lane is not None
    assert lane.enter_at_once()


async def test_who_is_slow_with_a_head_or_a_body_is_answered_408() -> None:
    """However steadily a head drips; a connection that is silent from the beginning is just closed."""
    body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"
    for terms, sent, start in (
        (WireTerms(head_seconds=0.02), b"GET / HTTP/1.1\r\nHost", b"HTTP/1.1 408 "),
        (WireTerms(body_seconds=0.02), body, b"HTTP/1.1 408 "),
        (WireTerms(idle_seconds=0.02), b"", b""),
    ):

        async def handle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
            await reader.read()

        async with speaking(handle, terms) as (gateway, reader, writer):
            writer.write(sent)
            assert (await reader.read())[: len(start)] == start
            await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())


async def test_a_body_beyond_the_limit_is_refused_with_413() -> None:
    """By its length, and in chunks as soon as it is too long."""
    for framing in (b"Content-Length: 11\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n"):
        async with speaking(echo_targets, WireTerms(most_body=10)) as (_, reader, writer):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\n" + framing)
            assert (await reader.read()).startswith(b"HTTP/1.1 413 ")


async def test_the_limits_of_a_head_are_those_of_the_file() -> None:
    """At the limit it is relayed; beyond it, it is said what was too long."""
    get = b"GET /a HTTP/1.1\r\nHost: a\r\n%b\r\n"
    for terms, at_most, beyond, status in (
        (WireTerms(most_line=15), get % b"", (get % b"").replace(b"/a", b"/ab"), b"414"),
        (WireTerms(most_line=20, most_head=28), get % b"", (get % b"").replace(b"/a", b"/ab"), b"431"),
        (WireTerms(most_field=7), get % b"B: 4567\r\n", get % b"B: 45678\r\n", b"431"),
        (WireTerms(most_fields=3), get % (b"B: 1\r\n" * 2), get % (b"B: 1\r\n" * 3), b"431"),
    ):
        async with speaking(echo_targets, terms) as (_, reader, writer):
            writer.write(at_most)
            await reader.readuntil(b"\r\n\r\n/a")
            writer.write(beyond)
            assert (await reader.read()).startswith(b"HTTP/1.1 %b " % status)


@pytest.mark.parametrize("ahead", [True, False])
async def test_a_connection_is_good_for_so_many_requests(*, ahead: bool) -> None:
    """The last answer says so, and what was sent behind it is not done."""
    async with speaking(echo_targets, WireTerms(most_requests=2)) as (_, reader, writer):
        sent = [b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(3)]
        writer.write(b"".join(sent) if ahead else sent[0])
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"close" not in head
        assert await reader.readexactly(2) == b"/0"
        if not ahead:
            writer.write(sent[1])
        answer = await reader.read()
        assert b"\r\nConnection: close\r\n" in answer
        assert answer.endswith(b"\r\n\r\n/1")


async def test_an_old_connection_ends_with_its_next_response() -> None:
    """Not while it is idle: its client may be about to ask."""
    asked = asyncio.Event()
    go_on = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await go_on.wait()
        writer.write(OK)
        await reader.read()

    async with speaking(handle, WireTerms(connection_seconds=0.02)) as (_, reader, writer):
        writer.write(GET)
        await asked.wait()
        asyncio.get_running_loop().call_later(0.03, go_on.set)
        assert (await reader.read()).endswith(b"\r\nConnection: close\r\n\r\nok")
    async with speaking(echo_targets, WireTerms(connection_seconds=0.02)) as (_, reader, writer):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.05)
        writer.write(GET)
        assert b"\r\nConnection: close\r\n" in await reader.read()


@pytest.mark.parametrize("warm", [True, False])
async def test_an_upstream_that_falls_silent_is_a_504(*, warm: bool) -> None:
    """Also where the request was sent at once."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if warm:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
        await reader.read()

    async with speaking(handle) as (gateway, reader, writer):
        if warm:
            writer.write(GET)
            await reader.readuntil(b"ok")
        gateway.traffic.follow(impatient(gateway.traffic.plan, 0.02))
        writer.write(GET)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 504 ")
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())


async def test_a_slow_reader_slows_the_upstream_down() -> None:
    """On the way without a task too: what is on the way stays bounded."""
    size = 32 * 1024 * 1024
    written = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while written < size:
            writer.write(b"x" * 65536)
            written += 65536
            await writer.drain()

    async with speaking(handle) as (_, reader, writer):
        writer.write(GET)
        await reader.readuntil(b"ok")
        writer.write(GET)
        await reader.readuntil(b"\r\n\r\n")
        received = ahead = 0
        while received < size:
            received += len(await reader.read(65536))
            ahead = max(ahead, written - received)
        assert ahead < size // 2


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"431"),
        (b"POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 6000000\r\n\r\n", b"413"),
        (b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n", b"403"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +\r\n\r\n", b"400"),
    ],
)
async def test_who_is_answered_before_all_was_sent_gets_the_answer(head: bytes, status: bytes) -> None:
    """A connection that is closed while bytes arrive is reset, and an answer on its way is lost (RFC 9112, 9.6)."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        # Like every server that means its answer to arrive.
        writer.write_eof()
        while await reader.read(65536):
            pass

    def send_before_reading(address: Address) -> bytes:
        with socket.create_connection((address.host, address.port), 20) as client:
            client.sendall(head)
            client.sendall(b"x" * 4_000_000)
            return b"".join(iter(lambda: client.recv(65536), b""))

    async with (
        raw_upstream(handle) as url,
        running_gateway(plan(v1=url), terms=WireTerms(most_body=5_000_000)) as gateway,
    ):
        answer = await asyncio.to_thread(send_before_reading, gateway.data)
    assert answer.split(b" ")[1] == status
    assert b"\r\nConnection: close\r\n" in answer


async def turns() -> None:
    """Let the gateway, which runs in this loop, see what was sent to it."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("requests", [1, 2])
async def test_who_closes_only_its_own_side_is_answered(requests: int) -> None:
    """`nc -N` and some health checkers do; requests sent ahead are answered, too, and then the connection ends."""
    free = asyncio.Event()

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await free.wait()
            writer.write(OK)

    async with speaking(late) as (_, reader, writer):
        writer.write(GET * requests)
        writer.write_eof()
        await turns()
        free.set()
        answer = await reader.read()
        assert answer.count(b"HTTP/1.1 200 OK") == requests
        assert answer.endswith(b"ok")


async def test_who_has_closed_and_reads_nothing_is_given_up() -> None:
    """Whether it has gone is not to be seen; a client that has closed its side and reads slowly gets everything."""
    body = bytes(8 * 1024 * 1024)
    gone = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"/large" in await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            await writer.drain()
            return
        await reader.read()
        gone.set()

    async with speaking(handle, WireTerms(half_closed_seconds=0.1)) as (gateway, reader, writer):
        writer.write(GET.replace(b"/reviews", b"/large"))
        await reader.readuntil(b"\r\n\r\n")
        writer.write_eof()  # Before its head is there, a busy machine takes longer than half-closed clients may wait.
        _, leaving = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        leaving.write(GET)
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount(read=1))
        leaving.close()
        await gone.wait()
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())
        assert len(await reader.read()) == len(body)
