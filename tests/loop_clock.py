"""The clock of an event loop, which a test puts forward instead of waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch


@dataclass(slots=True)
class LoopClock:
    """What the loop's timers go by: the time of the machine, and what a test has put it forward by."""

    ahead: float = 0.0

    async def forward(self, seconds: float) -> None:
        """Let seconds pass at once; returns when the timers that are due by then have run."""
        self.ahead += seconds
        ran = asyncio.Event()
        asyncio.get_running_loop().call_later(0, ran.set)
        await ran.wait()


@contextmanager
def loop_clock() -> Generator[LoopClock]:
    """Put a test in charge of the running loop's clock; asyncio's own loop alone allows it."""
    clock = LoopClock()
    loop = asyncio.get_running_loop()
    time = loop.time
    with patch.object(loop, "time", lambda: time() + clock.ahead):
        yield clock
