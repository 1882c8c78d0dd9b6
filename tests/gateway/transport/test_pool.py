"""The connections to upstreams, with upstreams that send exactly the bytes a test wants."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from strangler_gateway.transport.errors import (
    UpstreamClosedError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnreachableError,
)
from strangler_gateway.transport.exchange import HIGH_WATER
from strangler_gateway.transport.grammar import Headers
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.pool import OriginPool, PoolLimits, Timeouts
from strangler_gateway.transport.request import Request
from tests.gateway.running import Handler, raw_upstream, until

pytestmark = pytest.mark.anyio

HOST: Headers = [(b"Host", b"shop")]


def pool_of(url: str, read: float = 5, trusted_idle: float = 60) -> OriginPool:
    """Return a pool for an upstream."""
    return OriginPool(Origin.of(url), Timeouts(5, read), PoolLimits(trusted_idle=trusted_idle))


def get(method: bytes = b"GET", target: bytes = b"/") -> Request:
    """Return a request without a body."""
    return Request(method, target, HOST)


def answering(*responses: bytes, close: bool = False, heads: list[bytes] | None = None) -> Handler:
    """Return an upstream that answers one request after the other on each connection, and may close it then."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for response in responses:
            head = await reader.readuntil(b"\r\n\r\n")
            if heads is not None:
                heads.append(head)
            writer.write(response)
            await writer.drain()
        if not close:
            await reader.read()

    return handle


async def fetch(pool: OriginPool, request: Request) -> tuple[int, bytes]:
    """Send a request and read the whole response."""
    exchange = await pool.send(request)
    try:
        body = b""
        while data := await exchange.read(5):
            body += data
        return exchange.status, body
    finally:
        exchange.close()


@pytest.mark.parametrize(
    ("method", "response", "status", "body", "kept"),
    [
        (b"GET", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, b"abc", True),
        (
            b"GET",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
            200,
            b"abc",
            True,
        ),
        (b"GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n", 200, b"a", True),
        (b"GET", b"HTTP/1.1 200 OK\r\n\r\nabc", 200, b"abc", False),
        (b"GET", b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", 200, b"a", False),
        (b"GET", b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, b"a", False),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
        (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b"", True),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, b"", True),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, b"", True),
        (
            b"GET",
            (
                b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
                b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"
            ),
            200,
            b"a",
            True,
        ),
    ],
)
async def test_every_way_to_end_a_response(
    method: bytes, response: bytes, status: int, body: bytes, kept: bool
) -> None:
    """The body is what the response says it is, and the connection is kept when it can be."""
    async with raw_upstream(answering(response, close=not kept)) as url:
        pool = pool_of(url)
        assert await fetch(pool, get(method)) == (status, body)
        assert pool.idle == kept
        pool.close()


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nContent-",
    ],
)
async def test_a_response_cut_off_is_an_error(response: bytes) -> None:
    """A part of a response is never taken for all of it."""
    async with raw_upstream(answering(response, close=True)) as url:
        with pytest.raises(UpstreamClosedError):
            await fetch(pool_of(url), get(b"POST"))


@pytest.mark.parametrize(
    "response",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
    ],
)
async def test_what_can_not_be_passed_on_is_an_error(response: bytes) -> None:
    """Malformed or doubtful responses end the exchange and the connection."""
    async with raw_upstream(answering(response)) as url:
        pool = pool_of(url)
        with pytest.raises(UpstreamProtocolError):
            await fetch(pool, get())
        await until(lambda: pool.size == 0)


async def test_the_head_of_a_response_has_the_limit_that_was_set() -> None:
    """Whether it arrives whole or its end is missing."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    for most, response in ((len(head), head), (len(head) - 1, head), (10, head[:-2])):
        async with raw_upstream(answering(response)) as url:
            pool = OriginPool(Origin.of(url), Timeouts(5, 5), PoolLimits(response_head=most))
            if most == len(head):
                assert await fetch(pool, get()) == (200, b"")
            else:
                with pytest.raises(UpstreamProtocolError, match="too long"):
                    await fetch(pool, get())
            pool.close()


async def test_bytes_of_the_request_are_what_was_given() -> None:
    """Names, values, order, duplicates and the target are not touched."""
    heads: list[bytes] = []
    async with raw_upstream(answering(b"HTTP/1.1 204 No Content\r\n\r\n", heads=heads)) as url:
        pool = pool_of(url)
        headers = [(b"hOST", b"shop"), (b"x-A", b"1"), (b"X-a", b"\xe9 2 "), (b"x-A", b"1")]
        await fetch(pool, Request(b"GET", b"/%7e/..//a?b=%2F&&", headers))
        pool.close()
    assert heads == [b"GET /%7e/..//a?b=%2F&& HTTP/1.1\r\nhOST: shop\r\nx-A: 1\r\nX-a: \xe9 2 \r\nx-A: 1\r\n\r\n"]


async def test_bytes_of_the_response_are_what_was_sent() -> None:
    """Names, values, order, duplicates and the reason."""
    response = b"HTTP/1.1 299 So  so\r\nset-Cookie: a\r\nX: \xe9\r\nSet-cookie: b\r\nContent-Length: 0\r\n\r\n"
    async with raw_upstream(answering(response)) as url:
        pool = pool_of(url)
        exchange = await pool.send(get())
        assert exchange.reason == b"So  so"
        assert exchange.headers == [
            (b"set-Cookie", b"a"),
            (b"X", b"\xe9"),
            (b"Set-cookie", b"b"),
            (b"Content-Length", b"0"),
        ]
        exchange.close()
        pool.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"


def closing_after(requests: Sequence[bytes], connections: list[int]) -> Callable[..., Awaitable[None]]:
    """Return an upstream that answers so many requests on a connection and closes it on the next, unanswered."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        for response in requests:
            await reader.readuntil(b"\r\n\r\n")
            connections[-1] += 1
            writer.write(response)
        await reader.readuntil(b"\r\n\r\n")
        connections[-1] += 1

    return handle


async def test_a_repeatable_request_that_met_a_closing_connection_is_repeated_once() -> None:
    """On a fresh connection, so that it cannot meet another one."""
    connections: list[int] = []
    async with raw_upstream(closing_after([OK], connections)) as url:
        pool = pool_of(url)
        assert await fetch(pool, get()) == (200, b"a")
        assert await fetch(pool, get()) == (200, b"a")
        assert connections == [2, 1]
        pool.close()


async def test_a_request_that_changes_something_is_never_sent_twice() -> None:
    """Whether the upstream had carried it out before it closed cannot be known."""
    connections: list[int] = []
    async with raw_upstream(closing_after([OK], connections)) as url:
        pool = pool_of(url)
        assert await fetch(pool, get(b"POST")) == (200, b"a")
        with pytest.raises(UpstreamClosedError):
            await fetch(pool, get(b"POST"))
        assert connections == [2]


async def test_a_request_that_changes_something_takes_no_connection_that_was_long_idle() -> None:
    """The upstream may be closing it just now."""
    connections: list[int] = []
    async with raw_upstream(closing_after([OK], connections)) as url:
        pool = pool_of(url, trusted_idle=-1)
        assert await fetch(pool, get()) == (200, b"a")
        assert await fetch(pool, get(b"POST")) == (200, b"a")
        assert connections == [1, 1]
        pool.close()


async def test_a_response_that_had_begun_is_not_repeated() -> None:
    """Half a response and then the end is an error, also for what could be repeated."""
    heads: list[bytes] = []
    async with raw_upstream(answering(OK, b"HTTP/1.1 200 OK\r\nContent-", close=True, heads=heads)) as url:
        pool = pool_of(url)
        await fetch(pool, get())
        with pytest.raises(UpstreamClosedError):
            await fetch(pool, get())
        assert len(heads) == 2


async def test_an_upstream_that_is_not_there_is_unreachable() -> None:
    """Nothing was sent."""
    with pytest.raises(UpstreamUnreachableError):
        await pool_of("http://127.0.0.1:1").send(get())


async def test_a_silent_upstream_times_out_and_loses_its_connection() -> None:
    """Its late answer must not be taken for that of the next request."""
    async with raw_upstream(answering(b"")) as url:
        pool = pool_of(url, read=0.02)
        with pytest.raises(UpstreamTimeoutError):
            await pool.send(get())
        await until(lambda: pool.size == 0)


async def test_a_cancelled_request_closes_its_connection() -> None:
    """So that the upstream learns that nobody waits any more."""
    gone = asyncio.Event()
    arrived = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()
        gone.set()

    async with raw_upstream(handle) as url:
        pool = pool_of(url)
        task = asyncio.create_task(pool.send(get()))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(5):
            await gone.wait()


async def parts(*data: bytes) -> AsyncIterator[bytes]:
    """Yield the parts of a body."""
    for part in data:
        yield part


async def test_a_streamed_body_is_framed_as_announced() -> None:
    """By its length, or in chunks."""
    bodies: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            bodies.append(
                await (reader.readexactly(5) if b"Content-Length" in head else reader.readuntil(b"0\r\n\r\n"))
            )
            writer.write(OK)

    async with raw_upstream(handle) as url:
        pool = pool_of(url)
        length = [*HOST, (b"Content-Length", b"5")]
        chunked = [*HOST, (b"Transfer-Encoding", b"chunked")]
        await fetch(pool, Request(b"POST", b"/", length, source=parts(b"ab", b"", b"cde")))
        await fetch(pool, Request(b"POST", b"/", chunked, source=parts(b"ab", b"", b"cde")))
        assert pool.size == 1
        pool.close()
    assert bodies == [b"abcde", b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"]


async def test_a_body_other_than_announced_is_not_sent_as_if_it_were() -> None:
    """Too long or too short, the request fails."""
    async with raw_upstream(answering(b"")) as url:
        pool = pool_of(url)
        for body in (b"abc", b"abcdefg"):
            with pytest.raises(ValueError, match="Content-Length"):
                await pool.send(Request(b"POST", b"/", [(b"Content-Length", b"5")], source=parts(body)))


async def test_a_body_waits_until_the_upstream_wants_it() -> None:
    """With Expect: 100-continue, and is not sent at all when the upstream answers without it."""
    received: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        received.append(await reader.readexactly(2))
        writer.write(OK)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
        received.append(await reader.read())

    async with raw_upstream(handle) as url:
        pool = pool_of(url)
        headers = [(b"Content-Length", b"2"), (b"Expect", b"100-continue")]
        assert await fetch(pool, Request(b"POST", b"/", headers, source=parts(b"ab"))) == (200, b"a")
        assert await fetch(pool, Request(b"POST", b"/", headers, source=parts(b"ab"))) == (417, b"")
        await until(lambda: len(received) == 2)
    assert received == [b"ab", b""]


async def test_an_upstream_that_refuses_a_body_and_resets_is_heard() -> None:
    """Its answer lies unread while the rest of the body cannot be written: it counts, not that the writing failed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        refusing = threading.Thread(target=refuse)

        async def body() -> AsyncIterator[bytes]:
            yield b"a" * 1000
            # Without the loop, which would read the answer meanwhile.
            refusing.join()
            for _ in range(3):
                yield b"b" * 1000

        refusing.start()
        pool = pool_of(f"http://127.0.0.1:{listener.getsockname()[1]}")
        headers = [(b"Content-Length", b"4000")]
        assert await fetch(pool, Request(b"POST", b"/", headers, source=body())) == (413, b"large")
        assert pool.size == 0
        pool.close()


async def test_a_response_nobody_reads_stops_the_upstream() -> None:
    """What is buffered stays bounded, however long the body is, and all of it arrives when it is read."""
    size = 32 * 1024 * 1024

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // 65536):
            writer.write(b"x" * 65536)
            await writer.drain()

    async with raw_upstream(handle) as url:
        pool = pool_of(url)
        exchange = await pool.send(get())
        await until(lambda: exchange.buffered > HIGH_WATER)
        total = most = 0
        while data := await exchange.read(5):
            most = max(most, len(data), exchange.buffered)
            total += len(data)
        exchange.close()
        assert total == size
        assert most <= HIGH_WATER + 256 * 1024
        pool.close()
