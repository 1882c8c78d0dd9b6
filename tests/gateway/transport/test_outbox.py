"""What is written when a turn of the event loop ends."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler_gateway.transport.outbox import SMALL, Outbox, Outgoing, Towards

pytestmark = pytest.mark.anyio

Written = list[tuple[str, bytes]]


class Recording(asyncio.Transport):
    """Writes into a list; `broken` as a connection whose handle is closed."""

    def __init__(self, name: str, written: Written, *, broken: bool = False) -> None:
        super().__init__()
        self.name = name
        self.written = written
        self.broken = broken
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take note of it."""
        if self.broken:
            raise RuntimeError("the handler is closed")
        self.written.append((self.name, bytes(data)))

    def abort(self) -> None:
        """Take note of it."""
        self.aborted = True


async def _turn() -> None:
    await asyncio.sleep(0)


def _outgoing(transport: Recording, towards: Towards) -> Outgoing:
    return Outgoing(transport, Outbox.of(asyncio.get_running_loop()), towards)


async def test_requests_are_written_before_answers_and_nothing_before_the_end_of_the_turn() -> None:
    """Who reads is woken once for all that is written one after the other."""
    written: Written = []
    client = _outgoing(Recording("client", written), Towards.CLIENT)
    application = _outgoing(Recording("application", written), Towards.APPLICATION)
    other = _outgoing(Recording("other", written), Towards.CLIENT)
    client.write(b"head ")
    application.write(b"request")
    other.write(b"answer")
    client.write(b"body")
    assert written == []
    await _turn()
    assert written == [("application", b"request"), ("client", b"head body"), ("other", b"answer")]
    client.write(b"next")
    await _turn()
    assert written[3:] == [("client", b"next")]


async def test_what_waits_is_written_now_where_the_connection_is_to_be_closed() -> None:
    """And not once more at the end of the turn."""
    written: Written = []
    client = _outgoing(Recording("client", written), Towards.CLIENT)
    client.write(b"last words")
    client.write_now()
    await _turn()
    assert written == [("client", b"last words")]


async def test_what_waits_on_a_lost_connection_is_forgotten() -> None:
    """Nobody reads it."""
    written: Written = []
    client = _outgoing(Recording("client", written), Towards.CLIENT)
    client.write(b"answer")
    client.drop()
    await _turn()
    assert written == []


async def test_a_connection_that_can_not_be_written_to_keeps_nothing_from_the_others() -> None:
    """It is broken off itself."""
    written: Written = []
    broken = Recording("broken", written, broken=True)
    first, second = _outgoing(broken, Towards.CLIENT), _outgoing(Recording("second", written), Towards.CLIENT)
    first.write(b"lost")
    second.write(b"kept")
    await _turn()
    assert written == [("second", b"kept")]
    assert broken.aborted


@settings(max_examples=30)
@given(st.lists(st.integers(0, SMALL + 2), max_size=6))
def test_bytes_of_a_connection_keep_their_order_and_few_of_them_wait(sizes: list[int]) -> None:
    """However large the parts are."""

    async def write() -> None:
        written: Written = []
        client = _outgoing(Recording("client", written), Towards.CLIENT)
        parts = [bytes([number]) * size for number, size in enumerate(sizes)]
        for number, part in enumerate(parts, 1):
            client.write(part)
            there = sum(len(data) for _, data in written)
            assert sum(map(len, parts[:number])) - there <= SMALL
        await _turn()
        assert b"".join(data for _, data in written) == b"".join(parts)

    asyncio.run(write())
