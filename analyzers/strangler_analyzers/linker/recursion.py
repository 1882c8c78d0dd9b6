"""Recursive questions asked once: memoised, cut where they go in circles or too deep."""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from typing import TypeVar

from strangler_analyzers.linker.values import NOTHING, Values

MAX_DEPTH = 80
"""Longer chains of definitions are cut."""
MAX_REPEATS = 10
"""How often an answer found inside a circle is asked for again."""

_Key = TypeVar("_Key", bound=Hashable)


class Recursion:
    """Guards a family of mutually recursive questions about values.

    ``query = query.filter(...)`` asks for `query` while `query` is being answered. What is found there lacks the part
    that waits: such answers serve until the question that began the circle is answered, then they are forgotten.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._open: dict[tuple[int, Hashable], int] = {}
        self._reached = MAX_DEPTH
        self._passing: list[tuple[int, Callable[[], None]]] = []
        self._repeats: dict[tuple[int, Hashable], int] = {}

    def once(self, memo: MutableMapping[_Key, Values], key: _Key, compute: Callable[[], Values]) -> Values:
        """The remembered answer, or a new one; an answer that depends on itself is empty at that point."""
        known = memo.get(key)
        if known is not None:
            if (depth := self._open.get((id(memo), key))) is not None:
                self._reached = min(self._reached, depth)
            return known
        if self._depth >= MAX_DEPTH:
            self._reached = 0  # What is cut here may be answered when it is asked for itself.
            return NOTHING
        memo[key] = NOTHING
        mark = (id(memo), key)
        outer, self._reached = self._reached, MAX_DEPTH
        self._open[mark] = self._depth
        self._depth += 1
        try:
            memo[key] = answer = compute()
        finally:
            self._depth -= 1
            del self._open[mark]
            self._settle(memo, key, mark)
            self._reached = min(outer, self._reached)
        return answer

    def _settle(self, memo: MutableMapping[_Key, Values], key: _Key, mark: tuple[int, Hashable]) -> None:
        """Keep the answer, or note that it is to be forgotten with the question it waited for."""
        if self._reached < self._depth:
            if self._repeats.get(mark, 0) < MAX_REPEATS:
                self._repeats[mark] = self._repeats.get(mark, 0) + 1
                self._passing.append((self._reached, lambda: _forget(memo, key)))
            return
        self._reached = MAX_DEPTH
        while self._passing and self._passing[-1][0] >= self._depth:
            self._passing.pop()[1]()


def _forget(memo: MutableMapping[_Key, Values], key: _Key) -> None:
    memo.pop(key, None)
