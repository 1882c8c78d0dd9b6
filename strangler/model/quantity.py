"""Counts with their nouns, as results word them."""

from __future__ import annotations


def quantity(count: int, singular: str, plural: str = "") -> str:
    """Return ``1 row``, ``12,000 rows`` or, for a plural that is not made by an s, ``2 classes``."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"
