"""How the interpreter is set while it analyses."""

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
    """Hundreds of thousands of small immutable objects: a collector only walks them in vain, also when Python ends.

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
            gc.freeze()  # Frozen and thawed all objects count as old: what comes next need not walk them at once.
            gc.unfreeze()
            gc.enable()


@once
def _spare_last_collection() -> None:
    """An interpreter collects once more before it ends: a twentieth of the time of an analysis that links."""
    atexit.register(gc.freeze)
