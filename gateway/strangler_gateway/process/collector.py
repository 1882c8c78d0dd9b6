"""The garbage collector of a process that serves for months."""

from __future__ import annotations

import gc
from typing import Final

_YOUNG: Final = 20_000
"""What a thousand requests under way hold is no garbage, and they leave none: reference counts take them away."""


def spare() -> None:
    """Never again look through what is there now, and through what comes only where it becomes many objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
