"""Interpreter settings during an analysis."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache as once

_RECURSION_LIMIT = 5_000


@contextmanager
def interpreter_settings() -> Generator[None]:
    """Switch off the cycle collector: it would walk hundreds of thousands of immutable objects in vain, even at exit.

    The resolver bounds its own depth (`recursion.MAX_DEPTH`), at up to twenty interpreter frames a level.
    """
    enabled, limit = gc.isenabled(), sys.getrecursionlimit()
    gc.disable()
    _spare_last_collection()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        if enabled:
            gc.freeze()  # Frozen and thawed objects all count as old: the next collection need not walk them.
            gc.unfreeze()
            gc.enable()


@once
def _spare_last_collection() -> None:
    """Avoid the collection at interpreter exit, which takes a twentieth of the time of an analysis that links."""
    atexit.register(gc.freeze)
