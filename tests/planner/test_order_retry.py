"""Gateways that do not confirm at once are told again: real ones, behind ways to them that are cut or slow."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from threading import Event

import pytest

from strangler.model.authority import Side
from strangler.model.errors import UnavailableError
from strangler.planner.order_retry import OrderRetry
from strangler.project import Address
from strangler_gateway.admin.fleet import Fleet, GatewaysMissingError
from tests.gateway.admin.answers_awaited import AWAITED_SECONDS, time_is_up
from tests.gateway.running import TOKEN, raw_upstream, two_sides

pytestmark = pytest.mark.anyio


class Pauses:
    """A clock of pauses alone."""

    seconds = 0.0

    def now(self) -> float:
        """How long the pauses were together."""
        return self.seconds

    def wait(self, seconds: float) -> None:
        """Take no time."""
        self.seconds += seconds


async def _joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: Address) -> None:
    """Carry bytes both ways."""
    other_reader, other_writer = await asyncio.open_connection(to.host, to.port)

    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while part := await source.read(65536):
            sink.write(part)
        sink.close()

    try:
        await asyncio.gather(carry(reader, other_writer), carry(other_reader, writer))
    finally:
        for end in (writer, other_writer):
            end.close()
            with suppress(ConnectionError):
                await end.wait_closed()


async def test_one_that_is_killed_and_one_that_is_slow_confirm_when_they_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order holds at all of them then, and what was waited for is said once."""
    started, quick = Event(), asyncio.Event()
    time_is_up(monkeypatch, silent=lambda: 0 if started.is_set() else 1)
    told: list[str] = []
    async with two_sides() as (first, _, _), two_sides() as (second, _, _):
        loop = asyncio.get_running_loop()

        async def killed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if started.is_set():
                await _joined(reader, writer, first.admin)

        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await quick.wait()
            await _joined(reader, writer, second.admin)

        def away(error: UnavailableError) -> None:
            told.append(error.what)
            started.set()
            loop.call_soon_threadsafe(quick.set)

        async with raw_upstream(killed) as one, raw_upstream(slow) as other:
            addresses = [Address("127.0.0.1", int(url.rpartition(":")[2])) for url in (one, other)]
            with Fleet(addresses, TOKEN, AWAITED_SECONDS) as fleet:
                retry = OrderRetry(Pauses(), 15.0, lambda: True, away)
                order = lambda: fleet.set_authority("reviews", Side.V2, 3)  # noqa: E731 - names what is repeated
                await asyncio.to_thread(retry.until_confirmed, order)
        assert told[0].startswith("2 of 2 gateways did not confirm the authority: ")
        assert len(told) == len(set(told))
        assert {gateway.traffic.authority("reviews").side for gateway in (first, second)} == {Side.V2}


async def test_one_that_says_no_is_asked_once() -> None:
    """It knows of a later move, and will go on to."""
    told: list[UnavailableError] = []
    async with two_sides() as (gateway, _, _):
        await gateway.control.authority("reviews", Side.V2, 5)
        with Fleet([gateway.admin], TOKEN) as fleet:
            retry = OrderRetry(Pauses(), 15.0, lambda: True, told.append)
            with pytest.raises(GatewaysMissingError, match="epoch 4 of reviews is over"):
                await asyncio.to_thread(retry.until_confirmed, lambda: fleet.set_authority("reviews", Side.V1, 4))
    assert not told


def test_repeating_ends_with_its_time_or_with_the_order() -> None:
    """Where somebody else has taken the move over, nothing is said any more."""
    for valid in (True, False):
        given: list[int] = []

        def order(given: list[int] = given) -> None:
            given.append(1)
            raise UnavailableError("away")

        clock = Pauses()
        with pytest.raises(UnavailableError, match="away"):
            OrderRetry(clock, 5.0, lambda valid=valid: valid, lambda _: None).until_confirmed(order)
        assert (len(given) > 5, 5.0 <= clock.seconds < 6.1) == (valid, valid)
