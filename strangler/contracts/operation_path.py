"""The paths of operations."""

from __future__ import annotations

import re

_PATH = re.compile(r"(?:/(?:[^/{}?#\s]|\{[A-Za-z_][A-Za-z0-9_]*\})*)*")


def is_path(text: str) -> bool:
    """Whether the text is a valid path of an operation: ``/reviews/{id}``."""
    return _PATH.fullmatch(text) is not None
