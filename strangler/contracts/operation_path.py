"""The paths of operations."""

from __future__ import annotations

import re

_PATH = re.compile(r"(?:/(?:[^/{}?#\s]|\{[A-Za-z_][A-Za-z0-9_]*\})*)*")


def is_path(text: str) -> bool:
    """Whether an operation may have this path: ``/reviews/{id}``."""
    return _PATH.fullmatch(text) is not None
