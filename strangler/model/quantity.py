"""Counts with their nouns, for messages and results."""

from __future__ import annotations

from collections.abc import Sequence


def quantity(count: int, singular: str, plural: str = "") -> str:
    """Return ``1 row``, ``12,000 rows`` or, with an irregular `plural`, ``2 classes``."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"


def first_of(names: Sequence[str], most: int) -> str:
    """Return names with commas, such as ``a, b``, or when there are more than `most`, ``a, b and 3 more``."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
