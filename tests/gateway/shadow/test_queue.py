"""What waits beside the traffic, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.shadow import ShadowTerms
from strangler_gateway.shadow.memory import Memory
from strangler_gateway.shadow.queue import ShadowQueue
from tests.gateway.running import until

pytestmark = pytest.mark.anyio


class Steps:
    """An errand of several steps; `step` may be told to wait, or to go wrong."""

    def __init__(self, memory: Memory, pauses: list[float] | None = None, gate: asyncio.Event | None = None) -> None:
        self.held = 10
        self.memory = memory
        self.pauses = pauses or []
        self.gate = gate
        self.fails = False
        self.done = False
        self.was_dropped = False
        assert memory.take(self.held)

    async def step(self) -> float | None:
        """Do the next one."""
        if self.gate is not None:
            await self.gate.wait()
        if self.fails:
            raise ValueError
        if self.pauses:
            return self.pauses.pop()
        self.done = True
        return None

    def dropped(self) -> None:
        """Note it."""
        self.was_dropped = True


def queue(memory: Memory, waiting: int = 3, at_once: int = 1) -> ShadowQueue:
    """Return a small queue."""
    terms = ShadowTerms(waiting=waiting, at_once=at_once)
    return ShadowQueue(memory, lambda: terms)


async def test_what_does_not_fit_is_dropped_and_gives_its_memory_back() -> None:
    """Every errand is done or dropped, and in the end nothing is held."""
    memory, gate = Memory(1000), asyncio.Event()
    errands = [Steps(memory, gate=gate) for _ in range(8)]
    waiting = queue(memory)
    for errand in errands:
        waiting.offer(errand)
    assert sum(errand.was_dropped for errand in errands) == 5
    gate.set()
    await until(lambda: sum(errand.done for errand in errands) == 3)
    await waiting.close()
    assert memory.held == 0


async def test_an_errand_goes_on_after_its_pauses() -> None:
    """Others pass it meanwhile."""
    memory = Memory(1000)
    slow, quick = Steps(memory, [0.01, 0.01]), Steps(memory)
    waiting = queue(memory)
    waiting.offer(slow)
    waiting.offer(quick)
    await until(lambda: quick.done)
    assert not slow.done
    await until(lambda: slow.done)
    await waiting.close()
    assert memory.held == 0


async def test_closing_gives_up_what_waits_pauses_and_runs() -> None:
    """Nothing is taken afterwards."""
    memory = Memory(1000)
    pausing, running, waits, late = Steps(memory, [60]), Steps(memory), Steps(memory), Steps(memory)
    running.gate = asyncio.Event()
    waiting = queue(memory)
    waiting.offer(pausing)
    await until(lambda: not pausing.pauses)
    waiting.offer(running)
    waiting.offer(waits)
    await asyncio.sleep(0)
    await waiting.close()
    waiting.offer(late)
    assert [errand.was_dropped for errand in (pausing, running, waits, late)] == [True] * 4
    assert memory.held == 0


async def test_an_errand_that_goes_wrong_stops_no_other() -> None:
    """Its memory is given back too."""
    memory = Memory(1000)
    wrong, right = Steps(memory), Steps(memory)
    wrong.fails = True
    waiting = queue(memory)
    waiting.offer(wrong)
    waiting.offer(right)
    await until(lambda: right.done)
    assert (wrong.was_dropped, memory.held) == (True, 0)
    await waiting.close()


async def test_what_is_offered_while_the_only_worker_ends_is_done() -> None:
    """Between its last errand and the end of its task, too."""
    memory = Memory(1000)
    done: list[int] = []
    waiting = queue(memory)

    class Chained(Steps):
        async def step(self) -> float | None:
            done.append(1)
            if len(done) < 3:
                asyncio.get_running_loop().call_soon(waiting.offer, Chained(memory))
            return None

    waiting.offer(Chained(memory))
    await until(lambda: len(done) == 3)
    await waiting.close()


@given(st.lists(st.integers(0, 50)), st.integers(0, 100))
def test_memory_never_counts_more_than_its_bound(sizes: list[int], bound: int) -> None:
    """What was taken can be given back, whatever was refused."""
    memory = Memory(bound)
    taken = [size for size in sizes if memory.take(size)]
    assert memory.held == sum(taken) <= bound
    give: Callable[[int], None] = memory.give
    for size in taken:
        give(size)
    assert memory.held == 0
