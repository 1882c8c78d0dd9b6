"""The signals of the operating system a gateway reacts to."""

from __future__ import annotations

import asyncio
import signal


class Signals:
    """SIGTERM and SIGINT set `stop`, SIGHUP sets `reload`, from now on; in the main thread only."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.reload = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop.set)
        loop.add_signal_handler(signal.SIGHUP, self.reload.set)
