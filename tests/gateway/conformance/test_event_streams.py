"""Server-sent events: each arrives when it is sent, on every way, whatever the framing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from strangler_gateway.in_flight import SideCount
from strangler_gateway.transport.httpx_transport import HttptoolsTransport
from tests.gateway.conformance.cases import OK
from tests.gateway.conformance.faces import Face, closing
from tests.gateway.running import RunningGateway, plan, raw_upstream, running_gateway, until

pytestmark = pytest.mark.anyio

GET = b"GET /reviews HTTP/1.1\r\nHost: shop\r\nAccept: text/event-stream\r\n\r\n"
EVENTS = [f"id: {number}\nevent: price\ndata: {{\ndata: }}\n\n".encode() for number in range(20)]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"


class Source:
    """An application that sends an event when it is told to."""

    def __init__(self, *, chunks: bool, warm: bool) -> None:
        self.chunks = chunks
        self.warm = warm
        self.left = asyncio.Event()
        self._orders: asyncio.Queue[bytes] = asyncio.Queue()

    def send(self, event: bytes) -> None:
        """Send an event."""
        self._orders.put_nowait(event)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer with a stream, after a short answer where the connection is to be warm."""
        await reader.readuntil(b"\r\n\r\n")
        if self.warm:
            writer.write(OK)
            await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + (b"Transfer-Encoding: chunked\r\n\r\n" if self.chunks else b"\r\n"))
        sending = asyncio.create_task(self._send(writer))
        await reader.read()
        sending.cancel()
        self.left.set()

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        while True:
            event = await self._orders.get()
            writer.write(b"%x\r\n%b\r\n" % (len(event), event) if self.chunks else event)


@asynccontextmanager
async def reading(face: Face, url: str) -> AsyncGenerator[tuple[AsyncIterator[bytes], RunningGateway | None]]:
    """Ask for the stream on one of the ways; yields the parts of its body."""
    if face is Face.TRANSPORT:
        async with (
            httpx.AsyncClient(base_url=url, transport=HttptoolsTransport()) as client,
            client.stream("GET", "/reviews") as response,
        ):
            yield response.aiter_raw(), None
        return
    async with running_gateway(plan(v1=url), wire=face is not Face.ENDPOINT) as gateway:
        reader, writer = await asyncio.open_connection(gateway.data.host, gateway.data.port)
        try:
            if face is Face.FAST:
                writer.write(GET)
                await reader.readuntil(b"ok")
            writer.write(closing(GET) if face is Face.ENDPOINT else GET)
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"\r\ncontent-type: text/event-stream\r\n" in head.lower()
            yield _chunks(reader), gateway
        finally:
            writer.close()


async def _chunks(reader: asyncio.StreamReader) -> AsyncGenerator[bytes]:
    while size := int(await reader.readline(), 16):
        yield (await reader.readexactly(size + 2))[:-2]


@pytest.mark.parametrize("chunks", [True, False])
@pytest.mark.parametrize("face", list(Face))
async def test_events_arrive_one_by_one(face: Face, *, chunks: bool) -> None:
    """The next one is sent only when the last has been read; who stops listening ends the stream."""
    source = Source(chunks=chunks, warm=face is Face.FAST)
    async with asyncio.timeout(20), raw_upstream(source) as url:
        async with reading(face, url) as (parts, gateway):
            for event in EVENTS:
                source.send(event)
                assert await anext(parts) == event
        await source.left.wait()
        if gateway is not None:
            await until(lambda: gateway.control.in_flight("reviews").v1 == SideCount())
