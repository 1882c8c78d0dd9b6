"""The number of bytes shadowing holds for all requests together."""

from __future__ import annotations


class Memory:
    """Counts bytes up to a bound."""

    __slots__ = ("bound", "held")

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.held = 0

    def take(self, size: int) -> bool:
        """Count further bytes and return True; when they do not fit, count nothing and return False."""
        if self.held + size > self.bound:
            return False
        self.held += size
        return True

    def give(self, size: int) -> None:
        """Stop counting bytes that were taken."""
        self.held -= size
