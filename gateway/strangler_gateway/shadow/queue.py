"""A bounded queue of comparisons: those that wait, those in progress, and those that pause before a repetition."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Protocol

from strangler.model.shadow import ShadowTerms
from strangler_gateway.shadow.memory import Memory

logger = logging.getLogger(__name__)


class Errand(Protocol):
    """A piece of work that runs beside the traffic, in steps."""

    @property
    def held(self) -> int:
        """The number of bytes it holds."""
        ...

    async def step(self) -> float | None:
        """Do the next step and return the seconds until the one after it; None when it was the last."""
        ...

    def dropped(self) -> None:
        """Note that it is given up: the queue is full or closed, or a step went wrong."""
        ...


class ShadowQueue:
    """Runs errands, at most `at_once` at a time; gives their bytes, which `memory` counts already, back at the end."""

    def __init__(self, memory: Memory, terms: Callable[[], ShadowTerms]) -> None:
        self._memory = memory
        self._terms = terms
        self._waiting: deque[Errand] = deque()
        self._paused: dict[Errand, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._working = 0
        self._closed = False

    def offer(self, errand: Errand) -> None:
        """Queue an errand, or drop it when the queue is full; returns at once and raises nothing."""
        if self._closed or len(self._waiting) + len(self._paused) >= self._terms().waiting:
            self._drop(errand)
        else:
            self._wait(errand)

    async def close(self) -> None:
        """Drop the errands that wait and cancel those in progress."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for handle in self._paused.values():
            handle.cancel()
        for errand in (*self._waiting, *self._paused):
            self._drop(errand)
        self._waiting.clear()
        self._paused.clear()

    def _wait(self, errand: Errand) -> None:
        self._waiting.append(errand)
        if self._working < self._terms().at_once:
            self._working += 1
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        try:
            while self._waiting and self._working <= self._terms().at_once:
                await self._step(self._waiting.popleft())
        finally:
            # Counted here, not in a callback after the task ends: an errand offered in between would wait forever.
            self._working -= 1

    async def _step(self, errand: Errand) -> None:
        try:
            pause = await errand.step()
        except asyncio.CancelledError:
            self._drop(errand)
            raise
        except Exception:
            logger.exception("a comparison went wrong")
            self._drop(errand)
            return
        if pause is None:
            self._memory.give(errand.held)
        else:
            self._paused[errand] = asyncio.get_running_loop().call_later(pause, self._go_on, errand)

    def _go_on(self, errand: Errand) -> None:
        del self._paused[errand]
        self._wait(errand)

    def _drop(self, errand: Errand) -> None:
        self._memory.give(errand.held)
        errand.dropped()
