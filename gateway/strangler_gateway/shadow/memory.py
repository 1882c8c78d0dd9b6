"""How many bytes shadowing holds, of all requests together."""

from __future__ import annotations


class Memory:
    """Counts bytes up to a bound."""

    __slots__ = ("bound", "held")

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.held = 0

    def take(self, size: int) -> bool:
        """Count further bytes; False when they do not fit, and nothing is counted then."""
        if self.held + size > self.bound:
            return False
        self.held += size
        return True

    def give(self, size: int) -> None:
        """Count bytes no more."""
        self.held -= size
