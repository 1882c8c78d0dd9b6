"""Recursive questions asked once: memoised, cut where they go in circles or too deep."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from strangler_analyzers.values import NOTHING, Values

MAX_DEPTH = 80
"""Longer chains of definitions are cut."""

_Key = TypeVar("_Key", bound=Hashable)


class Recursion:
    """Guards a family of mutually recursive questions about values."""

    def __init__(self) -> None:
        self._depth = 0

    def once(self, memo: dict[_Key, Values], key: _Key, compute: Callable[[], Values]) -> Values:
        """The remembered answer, or a new one; an answer that depends on itself is empty at that point."""
        known = memo.get(key)
        if known is not None:
            return known
        if self._depth >= MAX_DEPTH:
            return NOTHING
        memo[key] = NOTHING
        self._depth += 1
        try:
            memo[key] = compute()
        finally:
            self._depth -= 1
        return memo[key]
