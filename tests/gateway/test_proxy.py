"""What the gateway does to the requests and responses it relays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import jwt
import pytest

from strangler.model.wire import WireTerms
from strangler_gateway.in_flight import SideCount
from strangler_gateway.transport.exchange import HIGH_WATER
from tests.gateway.running import (
    IDENTITY_KEY,
    Handler,
    RunningGateway,
    impatient,
    plan,
    raw_upstream,
    running_gateway,
    two_sides,
    until,
)
from tests.loop_clock import loop_clock

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"


def noting(heads: list[bytes], response: bytes = OK) -> Handler:
    """Return an upstream that notes the heads of requests without a body."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(response)

    return handle


async def talk(gateway: RunningGateway, request: bytes) -> bytes:
    """Send bytes to the gateway and return all it answers until it closes."""
    reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
    writer.write(request)
    try:
        return await reader.read()
    finally:
        writer.close()


async def test_only_what_is_for_the_next_hop_is_changed() -> None:
    """Path, query, other headers and their order stay; what was meant for the gateway goes, its marks are added."""
    heads: list[bytes] = []
    async with raw_upstream(noting(heads)) as url, running_gateway(plan(v1=url)) as gateway:
        await talk(
            gateway,
            b"GET /a%2Fb/%7E?x=%20&&y HTTP/1.1\r\nHost: shop:81\r\nB: 2\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n"
            b"TE: trailers\r\nA: \xe9\r\nB: 1\r\nX-Request-ID: r\r\nX-Strangler-Identity: me\r\n"
            b"X_Strangler_Identity: me\r\nX-Strangler-Shadow: 1\r\n\r\n",
        )
    assert heads == [
        (
            b"GET /a%2Fb/%7E?x=%20&&y HTTP/1.1\r\nHost: shop:81\r\nB: 2\r\nA: \xe9\r\nB: 1\r\nX-Request-ID: r\r\n"
            b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: shop:81\r\n\r\n"
        )
    ]


async def test_a_request_without_an_id_gets_one() -> None:
    """A new one for every request."""
    heads: list[bytes] = []
    async with raw_upstream(noting(heads)) as url, running_gateway(plan(v1=url)) as gateway:
        await gateway.get("/")
        await gateway.get("/")
    ids = [line for head in heads for line in head.split(b"\r\n") if line.startswith(b"X-Request-ID: ")]
    assert len(set(ids)) == 2


async def test_the_response_loses_only_what_was_for_the_gateway() -> None:
    """Names, duplicates and order stay, as does a Content-Length on HEAD."""
    response = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nConnection: keep-alive, X-Hop\r\n"
        b"Set-Cookie: b\r\nContent-Length: 9\r\n\r\n"
    )
    async with raw_upstream(noting([], response)) as url, running_gateway(plan(v1=url)) as gateway:
        answer = await talk(gateway, b"HEAD / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
    assert answer == (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET / HTTP/1.1\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n", b"400"),
        (b"GET /%FF HTTP/1.1\r\nHost: a\r\n", b"400"),
        (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n", b"501"),
    ],
)
async def test_what_two_servers_may_read_differently_is_refused(request_head: bytes, status: bytes) -> None:
    """It never reaches an upstream."""
    heads: list[bytes] = []
    async with raw_upstream(noting(heads)) as url, running_gateway(plan(v1=url)) as gateway:
        answer = await talk(gateway, request_head + b"Connection: close\r\n\r\n0\r\n\r\n")
    assert answer.split(b" ")[1] == status
    assert heads == []


async def test_an_upstream_that_fails_is_a_502_and_one_that_is_silent_a_504() -> None:
    """In JSON, for whoever asked."""
    async with raw_upstream(noting([], b"")) as url:
        async with running_gateway(impatient(plan(v1=url), 0.02)) as gateway:
            silent = await gateway.client.get("/")
        async with running_gateway(plan()) as gateway:
            missing = await gateway.client.get("/")
    assert (silent.status_code, missing.status_code) == (504, 502)
    assert silent.json()["detail"] == "the application behind the gateway did not answer in time"


async def test_an_answer_without_content_has_no_length() -> None:
    """Nobody waits for a body that never comes, and the next answer is not taken for it."""
    empty = b"HTTP/1.1 204 No Content\r\nX-A: 1\r\nContent-Length: 4\r\nX-B: 2\r\n\r\n"
    async with raw_upstream(noting([], empty)) as url, running_gateway(plan(v1=url)) as gateway:
        answers = [await gateway.client.get("/") for _ in range(2)]
    for answer in answers:
        assert (answer.status_code, answer.headers["x-a"], answer.headers["x-b"]) == (204, "1", "2")
        assert "content-length" not in answer.headers


async def test_a_response_cut_off_is_cut_off_for_the_client_too() -> None:
    """Never completed as if nothing had happened."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")

    async with raw_upstream(handle) as url, running_gateway(plan(v1=url)) as gateway:
        answer = await talk(gateway, b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
        assert answer.endswith(b"3\r\nabc\r\n")
        with pytest.raises(httpx.ReadError):
            await gateway.client.get("/")


async def test_a_client_that_leaves_cancels_its_request() -> None:
    """The upstream's connection is closed, and nothing stays in the count."""
    soon = WireTerms(half_closed_seconds=0.1)
    arrived = asyncio.Event()
    gone = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()
        gone.set()

    async with raw_upstream(handle) as url, running_gateway(plan(v1=url), terms=soon) as gateway:
        _, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        writer.write(b"GET /reviews HTTP/1.1\r\nHost: shop\r\n\r\n")
        await arrived.wait()
        assert gateway.control.in_flight("reviews").v1 == SideCount(read=1)
        writer.close()
        async with asyncio.timeout(5):
            await gone.wait()
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())


async def test_a_client_that_leaves_amid_its_body_cancels_its_request() -> None:
    """Half a request is not completed."""
    received: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        received.append(await reader.read())

    arrived = asyncio.Event()
    async with raw_upstream(handle) as url, running_gateway(plan(v1=url)) as gateway:
        _, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        writer.write(b"POST /reviews HTTP/1.1\r\nHost: shop\r\nContent-Length: 9\r\n\r\nabc")
        await arrived.wait()
        writer.close()
        await until(lambda: bool(received))
        await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())
    assert received == [b"abc"]


async def test_large_bodies_stream_both_ways_in_bounded_memory() -> None:
    """The upstream echoes what it gets while it gets it; the client reads slowly, so everybody has to wait."""
    size = 16 * 1024 * 1024

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        left = size
        while left:
            data = await reader.read(65536)
            left -= len(data)
            writer.write(data)
            await writer.drain()

    async with raw_upstream(handle) as url, running_gateway(plan(v1=url)) as gateway:
        sent = 0

        async def source() -> object:
            nonlocal sent
            while sent < size:
                sent += 65536
                yield b"x" * 65536

        headers = {"Content-Length": str(size)}
        async with gateway.client.stream("POST", "/", content=source(), headers=headers) as response:  # pyright: ignore[reportArgumentType]
            received = ahead = 0
            async for data in response.aiter_raw():
                received += len(data)
                ahead = max(ahead, sent - received)
        assert received == size
        # Client, gateway and upstream each buffer a little in both directions, and so does the kernel.
        assert ahead < size - HIGH_WATER


async def test_a_service_learns_who_is_asking_and_nobody_can_pretend() -> None:
    """The monolith's answer, signed; a header from outside never arrives, on either side."""
    async with two_sides() as (gateway, v1, v2):
        for side in ("v1", "v2"):
            await gateway.get(
                "/reviews", X_Strangler_Side=side, X_Strangler_Identity="me", Authorization="Token a", Cookie="s=1"
            )
        assert "x-strangler-identity" not in v1.seen[0][2]
        claims = jwt.decode(v2.seen[0][2]["x-strangler-identity"], IDENTITY_KEY, ["HS256"], audience="reviews")  # pyright: ignore[reportUnknownMemberType]
        assert (claims["iss"], claims["who"], claims["exp"] - claims["iat"]) == ("strangler", {"id": 7}, 60)


async def test_without_credentials_or_with_worthless_ones_there_is_no_identity() -> None:
    """The monolith is not asked about who shows nothing."""
    async with two_sides() as (gateway, v1, v2):
        await gateway.get("/reviews", X_Strangler_Side="v2")
        assert v1.asked == 0
        v1.whoami = (401, b"{}")
        await gateway.get("/reviews", X_Strangler_Side="v2", Cookie="s=1")
        assert v1.asked == 1
        assert ["x-strangler-identity" in headers for _, _, headers, _ in v2.seen] == [False, False]


@pytest.mark.parametrize("whoami", [(500, b""), (302, b""), (200, b"[]"), (200, b"x" * 100_000)])
async def test_a_user_never_becomes_a_stranger_because_the_monolith_fails(whoami: tuple[int, bytes]) -> None:
    """The request is refused, and may be repeated."""
    async with two_sides() as (gateway, v1, v2):
        v1.whoami = whoami
        response = await gateway.client.get("/reviews", headers={"X-Strangler-Side": "v2", "Cookie": "s=1"})
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert json.loads(response.content)["detail"] == "it could not be found out who is asking; try again"
        assert v2.seen == []


async def test_the_monolith_is_asked_once_about_many_requests_of_one_client() -> None:
    """At the same time and a moment later; about another client it is asked again."""
    async with two_sides() as (gateway, v1, _):
        requests = [gateway.get("/reviews", X_Strangler_Side="v2", Cookie="s=1") for _ in range(20)]
        assert await asyncio.gather(*requests) == ["v2"] * 20
        assert v1.asked == 1
        await gateway.get("/reviews", X_Strangler_Side="v2", Cookie="s=2")
        assert v1.asked == 2


async def test_fields_after_the_body_do_not_become_header_fields() -> None:
    """A client could frame its request anew, or name itself, behind the back of what has looked at the head."""
    async with two_sides(share=100) as (gateway, v1, v2):
        fields = b"X-Strangler-Side: v1\r\nCookie: session=stolen\r\nX-Forwarded-For: 10.0.0.1\r\nX-Late: 1\r\n"
        await talk(
            gateway,
            b"POST /reviews HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"4\r\ntext\r\n0\r\n" + fields + b"\r\n",
        )
        ((_, _, headers, body),) = v1.seen + v2.seen
        assert body == b"text"
        assert headers["x-forwarded-for"] == "127.0.0.1"
        assert not {"cookie", "x-strangler-side", "x-late"} & headers.keys()


async def test_an_endpoint_goes_on_after_a_304_that_names_a_length() -> None:
    """Servers for ASGI take the length for that of a body which never comes: so it is left out."""
    not_modified = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 9\r\n\r\n'
    async with raw_upstream(noting([], not_modified)) as url, running_gateway(plan(v1=url), wire=False) as gateway:
        reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 304 ")
            assert b"content-length" not in head.lower()
        writer.close()


@pytest.mark.parametrize(("wire", "chunks"), [(True, True), (False, False)])
async def test_a_client_may_take_its_time_for_a_body(*, chunks: bool, wire: bool) -> None:
    """An application may be silent for so long from the last part on; the client's own pauses do not count."""
    patience = 10
    first_came = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"a")
        first_came.set()
        await (reader.readuntil(b"0\r\n\r\n") if chunks else reader.readexactly(3))
        await clock.forward(patience / 2)
        writer.write(OK)

    async with (
        raw_upstream(handle) as url,
        running_gateway(impatient(plan(v1=url), patience), wire=wire) as gateway,
    ):

        async def parts() -> AsyncIterator[bytes]:
            yield b"a"
            await first_came.wait()
            await clock.forward(patience * 1.5)
            yield b"bcd"

        length = {} if chunks else {"Content-Length": "4"}
        with loop_clock() as clock:
            response = await gateway.client.post("/", content=parts(), headers=length)
    assert response.status_code == 200
