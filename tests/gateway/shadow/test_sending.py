"""Copies to the other side, with other sides that answer, hang, flood and reset."""

from __future__ import annotations

import asyncio

import pytest

from strangler_gateway.shadow.answer import Answer
from strangler_gateway.shadow.sending import Copy, ShadowLimits, ShadowSender
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.request import Request
from tests.gateway.running import raw_upstream, until

pytestmark = pytest.mark.anyio

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nv2"
NOBODY = "http://127.0.0.1:1"
LIMITS = ShadowLimits(waiting=3, held=10_000, at_once=2, seconds=0.3, body=1000)


def copy_for(url: str, method: bytes = b"GET", body: bytes = b"v1", *, writes: bool = False) -> Copy:
    """Return a copy of an answered request."""
    request = Request(method, b"/a?b=1", [(b"Host", b"shop")])
    return Copy("GET /a", Origin.of(url), request, Answer(200, [], body), writes)


class Taken:
    """What was compared, by a sender for it."""

    def __init__(self) -> None:
        self.bodies: list[tuple[bytes, bytes]] = []
        self.sender = ShadowSender(self._take, LIMITS)

    def _take(self, copy: Copy, answer: Answer) -> None:
        self.bodies.append((copy.answered.body, answer.body))


async def test_the_copy_is_marked_and_both_answers_are_handed_on() -> None:
    """With the target as it came."""
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        await reader.read()

    taken = Taken()
    async with raw_upstream(handle) as url:
        taken.sender.offer(copy_for(url))
        await until(lambda: bool(taken.bodies))
        await taken.sender.close()
    assert taken.bodies == [(b"v1", b"v2")]
    assert heads[0].startswith(b"GET /a?b=1 HTTP/1.1\r\n")
    assert b"\r\nX-Strangler-Shadow: 1\r\n" in heads[0]
    assert (taken.sender.counts.compared, taken.sender.held) == (1, 0)


async def test_a_side_that_hangs_is_given_up_and_the_queue_is_bounded() -> None:
    """Nothing is awaited by who offers; what exceeds the queue is counted as dropped."""

    async def handle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    taken = Taken()
    async with raw_upstream(handle) as url:
        for _ in range(10):
            taken.sender.offer(copy_for(url))
        assert taken.sender.counts.dropped == 7
        await until(lambda: taken.sender.counts.failed == 3)
        await taken.sender.close()
    assert (taken.bodies, taken.sender.held) == ([], 0)


async def test_a_flood_is_cut_off() -> None:
    """An answer without end takes no more memory than the bound, and counts as too large."""

    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        try:
            while True:
                writer.write(bytes(65536))
                await writer.drain()
        except ConnectionError:
            pass

    taken = Taken()
    async with raw_upstream(handle) as url:
        taken.sender.offer(copy_for(url))
        await until(lambda: taken.sender.counts.too_large == 1)
        await taken.sender.close()
    assert (taken.bodies, taken.sender.held) == ([], 0)


async def test_resets_and_nobody_there_count_as_failed() -> None:
    """Nothing is raised to anybody."""

    async def handle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    taken = Taken()
    async with raw_upstream(handle) as url:
        taken.sender.offer(copy_for(url))
        taken.sender.offer(copy_for(NOBODY))
        await until(lambda: taken.sender.counts.failed == 2)
        await taken.sender.close()
    assert taken.sender.held == 0


async def test_what_may_write_needs_an_opt_in_and_large_bodies_are_left_out() -> None:
    """Each counted."""
    taken = Taken()
    url = NOBODY
    taken.sender.offer(copy_for(url, b"POST"))
    taken.sender.offer(copy_for(url, b"GET", bytes(1001)))
    assert (taken.sender.counts.unsafe, taken.sender.counts.too_large, taken.sender.held) == (1, 1, 0)
    taken.sender.offer(copy_for(url, b"POST", writes=True))
    await until(lambda: taken.sender.counts.failed == 1)
    await taken.sender.close()


async def test_closing_gives_up_what_waits() -> None:
    """Every copy is counted once, and nothing is taken afterwards."""
    taken = Taken()

    async def handle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_upstream(handle) as url:
        for _ in range(3):
            taken.sender.offer(copy_for(url))
        await taken.sender.close()
        taken.sender.offer(copy_for(url))
    assert (taken.sender.counts.dropped, taken.sender.held) == (4, 0)


async def test_what_is_offered_while_the_only_sender_ends_is_sent() -> None:
    """Between its last copy and the end of its task, too."""
    bodies: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)

    async with raw_upstream(handle) as url:

        def take(_copy: Copy, answer: Answer) -> None:
            bodies.append(answer.body)
            if len(bodies) < 3:
                asyncio.get_running_loop().call_soon(sender.offer, copy_for(url))

        sender = ShadowSender(take, ShadowLimits(at_once=1))
        sender.offer(copy_for(url))
        await until(lambda: len(bodies) == 3)
        await sender.close()
    assert sender.counts.compared == 3
