"""Stops long-running commands when they are told to end."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stopped_by_signals() -> threading.Event:
    """An event that is set by SIGTERM or SIGINT, which then no longer end the process themselves."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop
