"""Waits for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Ask until it is so; TimeoutError when it has not come to that in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come to that within {seconds:g} s")
        time.sleep(0.005)  # The other process needs the processor.
