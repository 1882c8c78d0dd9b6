"""Memoised recursive evaluation, cut off where it is circular or too deep."""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from functools import partial
from typing import TypeVar

from strangler_analyzers.linker.values import NOTHING, Value, Values

MAX_DEPTH = 80
"""The longest chain of nested questions; longer chains are cut off."""
MAX_REPEATS = 10
"""How often an answer found inside a cycle is computed again."""

_Key = TypeVar("_Key", bound=Hashable)


class _Waiting(tuple[Value, ...]):
    """Placeholder for an answer in progress: it has no values, and there is one object for each question depth."""

    __slots__ = ()


_WAITING = tuple(_Waiting() for _ in range(MAX_DEPTH))
_DEPTHS = {id(mark): depth for depth, mark in enumerate(_WAITING)}


class Recursion:
    """Guards a family of mutually recursive questions about values.

    ``query = query.filter(...)`` asks for `query` while `query` is being answered. An answer found in between is
    incomplete: it serves until the question that began the cycle is answered, and is then dropped.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._reached = MAX_DEPTH
        self._passing: list[tuple[int, Callable[[], object]]] = []
        self._repeats: dict[int, dict[Hashable, int]] = {}
        self._clear: dict[int, Callable[[], None]] = {}

    def forget(self) -> None:
        """Drop every answer, because its inputs have changed. Call only while no question is open."""
        for clear in self._clear.values():
            clear()
        self._repeats.clear()

    def drop(self, memo: MutableMapping[_Key, Values]) -> None:
        """Drop the answers of a memo that will not be used again. Call only while no question is open."""
        self._clear.pop(id(memo), None)
        self._repeats.pop(id(memo), None)

    def once(self, memo: MutableMapping[_Key, Values], key: _Key, compute: Callable[[_Key], Values]) -> Values:
        """The memoised answer, or a new one; where an answer depends on itself, it is empty at that point."""
        known = memo.get(key)
        if known is not None:
            if not known and (waiting := _DEPTHS.get(id(known))) is not None:
                self._reached = min(self._reached, waiting)
                return NOTHING
            return known
        depth = self._depth
        if depth >= MAX_DEPTH:
            self._reached = 0  # A question cut off here may be answered when asked on its own.
            return NOTHING
        if id(memo) not in self._clear:
            self._clear[id(memo)] = memo.clear
        memo[key] = _WAITING[depth]
        outer, self._reached = self._reached, MAX_DEPTH
        self._depth = depth + 1
        answer = NOTHING
        try:
            answer = compute(key)
        finally:
            memo[key] = answer
            self._depth = depth
            if self._reached < depth:
                self._postpone(memo, key)
                self._reached = min(self._reached, outer)
            else:
                self._reached = outer
                if self._passing:
                    self._settle(depth)
        return answer

    def _postpone(self, memo: MutableMapping[_Key, Values], key: _Key) -> None:
        """Mark an answer to be dropped together with the question it waited for."""
        repeats = self._repeats.setdefault(id(memo), {})
        count = repeats.get(key, 0)
        if count < MAX_REPEATS:
            repeats[key] = count + 1
            self._passing.append((self._reached, partial(memo.pop, key, None)))

    def _settle(self, depth: int) -> None:
        """Drop the incomplete answers that waited for an answer that is now complete."""
        passing = self._passing
        while passing and passing[-1][0] >= depth:
            passing.pop()[1]()
