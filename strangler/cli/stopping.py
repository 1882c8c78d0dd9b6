"""Commands that run until they are told to end."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def stopped_by_signals() -> threading.Event:
    """Set once SIGTERM or SIGINT has come, which then end nothing by themselves."""
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    return stop
