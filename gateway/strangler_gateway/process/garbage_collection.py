"""Tunes the garbage collector for a process that serves for months."""

from __future__ import annotations

import gc
from typing import Final

_YOUNG: Final = 20_000
"""The threshold of the youngest generation, in objects.

What a thousand concurrent requests hold is not garbage, and they leave none: reference counting frees their objects.
"""


def tune_garbage_collection() -> None:
    """Exempt all present objects from collection, and collect new ones only when there are many."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
