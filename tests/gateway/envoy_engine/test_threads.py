"""What every thread of Envoy follows when an order is confirmed, and not only the one that is asked."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path

import pytest

from strangler.model.errors import UnavailableError
from strangler_gateway.envoy_engine.admin import EnvoyAdmin
from strangler_gateway.envoy_engine.process import POLL_SECONDS
from strangler_gateway.envoy_engine.resources import Kind, Resources, file_of
from strangler_gateway.envoy_engine.threads import Threads
from tests.gateway.envoy_engine.rig import rig

pytestmark = pytest.mark.anyio

WORKERS = 4


class TwoThreads(EnvoyAdmin):
    """An Envoy of two threads that deals its connections to them in turn; each says what it is told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "admin.sock")
        self.socket = folder / "threads.sock"
        self.said = (deque[str](), deque[str]())
        self.deals: Iterator[int] = itertools.cycle((0, 1))
        self.before_counting: Callable[[], Awaitable[object]] | None = None
        self.awake = asyncio.Event()
        self.awake.set()
        self._open: list[int] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def threads(self) -> int:
        """Return two."""
        return 2

    async def connections(self) -> Mapping[str, int]:
        """Return how many each has."""
        if self.before_counting is not None:
            await self.before_counting()
        return {str(thread): self._open.count(thread) for thread in (0, 1)}

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection; the last word of a thread is repeated."""
        thread = next(self.deals)
        self._open.append(thread)
        self._writers.append(writer)
        with contextlib.suppress(ConnectionError):
            while await reader.readline():
                await reader.readuntil(b"\r\n\r\n")
                words = self.said[thread]
                word = words.popleft() if len(words) > 1 else words[0]
                await self.awake.wait()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(word), word.encode()))
        self._open.remove(thread)

    def say(self, *words: str) -> None:
        """Let the threads say a word each from now on."""
        for said, word in zip(self.said, words, strict=True):
            said.clear()
            said.append(word)

    async def close(self) -> None:
        """End what the other side has ended."""
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        await super().close()


async def test_a_thread_that_is_late_is_waited_for(tmp_path: Path) -> None:
    """One has the new routes at once, the other one says the old ones three times more."""
    envoy = TwoThreads(tmp_path)
    envoy.said[0].extend(["old", "new"])
    envoy.said[1].extend(["old", "old", "old", "new"])
    server = await asyncio.start_unix_server(envoy.answer, envoy.socket)
    threads = Threads(envoy.socket, envoy)
    async with asyncio.timeout(10):
        await threads.follow("new")
    assert [list(words) for words in envoy.said] == [["new"], ["new"]]
    threads.close()
    await envoy.close()
    server.close()


async def unavailable() -> None:
    """Be an Envoy that does not answer."""
    raise UnavailableError("Envoy does not answer")


async def late() -> None:
    """Be an Envoy that answers after all time limits."""
    await asyncio.Event().wait()


@pytest.mark.parametrize("trouble", [unavailable, late])
async def test_some_of_the_threads_are_not_believed_after_an_order_that_was_cut_off(
    tmp_path: Path, trouble: Callable[[], Awaitable[object]]
) -> None:
    """Two connections were dealt to the one that has the new routes when the first order failed."""
    envoy = TwoThreads(tmp_path)
    envoy.deals = itertools.chain((0, 0), itertools.cycle((1, 0)))
    envoy.say("new", "old")
    envoy.before_counting = trouble
    server = await asyncio.start_unix_server(envoy.answer, envoy.socket)
    threads = Threads(envoy.socket, envoy)
    with pytest.raises((UnavailableError, TimeoutError)):
        async with asyncio.timeout(0.3):
            await threads.follow("new")
    envoy.before_counting = None
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await threads.follow("new")
    envoy.say("new", "new")
    async with asyncio.timeout(10):
        await threads.follow("new")
    threads.close()
    await envoy.close()
    server.close()


async def test_an_answer_to_an_order_that_was_cut_off_is_not_taken_for_one_to_the_next(tmp_path: Path) -> None:
    """It says what was followed then."""
    envoy = TwoThreads(tmp_path)
    envoy.say("old", "old")
    server = await asyncio.start_unix_server(envoy.answer, envoy.socket)
    threads = Threads(envoy.socket, envoy)
    async with asyncio.timeout(10):
        await threads.follow("old")
    envoy.say("new", "new")
    envoy.awake.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await threads.follow("new")
    envoy.say("old", "old")
    envoy.awake.set()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await threads.follow("new")
    threads.close()
    await envoy.close()
    server.close()


@pytest.mark.envoy
async def test_each_thread_of_a_real_one_is_asked(tmp_path: Path) -> None:
    """Four of them, by a connection each; an Envoy that does not follow is not believed."""
    with rig(tmp_path) as made, made.gateway("--workers", str(WORKERS)) as (_, client):
        admin = EnvoyAdmin(made.place.socket)
        assert await admin.threads() == WORKERS
        assert sorted((await admin.connections()).values()) == [1] * WORKERS
        await asyncio.to_thread(client.shift, "reviews", 50, ())
        told = Resources.read(Kind.ROUTES, file_of(made.place.folder, Kind.ROUTES).read_bytes())
        threads = Threads(made.place.threads, admin)
        other = EnvoyAdmin(made.place.socket)
        following = asyncio.create_task(threads.follow("something else"))
        async with asyncio.timeout(10):
            # Envoy tells nobody when it has accepted one.
            while sorted((await other.connections()).values()) != [2] * WORKERS:  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await following
        await other.close()
        assert told.content[0].name == "plan"
        threads.close()
        await admin.close()
