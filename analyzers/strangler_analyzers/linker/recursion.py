"""Recursive questions asked once: memoised, cut where they go in circles or too deep."""

from __future__ import annotations

from collections.abc import Callable, Hashable, MutableMapping
from functools import partial
from typing import TypeVar

from strangler_analyzers.linker.values import NOTHING, Value, Values

MAX_DEPTH = 80
"""Longer chains of definitions are cut."""
MAX_REPEATS = 10
"""How often an answer found inside a circle is asked for again."""

_Key = TypeVar("_Key", bound=Hashable)


class _Waiting(tuple[Value, ...]):
    """Stands for an answer while it is being found: no values yet, one such object for each depth of the question."""

    __slots__ = ()


_WAITING = tuple(_Waiting() for _ in range(MAX_DEPTH))
_DEPTHS = {id(mark): depth for depth, mark in enumerate(_WAITING)}


class Recursion:
    """Guards a family of mutually recursive questions about values.

    ``query = query.filter(...)`` asks for `query` while `query` is being answered. What is found there lacks the part
    that waits: such answers serve until the question that began the circle is answered, then they are forgotten.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._reached = MAX_DEPTH
        self._passing: list[tuple[int, Callable[[], object]]] = []
        self._repeats: dict[int, dict[Hashable, int]] = {}
        self._clear: dict[int, Callable[[], None]] = {}

    def forget(self) -> None:
        """Drop every answer remembered: what they were found from has changed. Only while no question is open."""
        for clear in self._clear.values():
            clear()
        self._repeats.clear()

    def drop(self, memo: MutableMapping[_Key, Values]) -> None:
        """Forget the answers of a memo that nobody will use again. Only while no question is open."""
        self._clear.pop(id(memo), None)
        self._repeats.pop(id(memo), None)

    def once(self, memo: MutableMapping[_Key, Values], key: _Key, compute: Callable[[_Key], Values]) -> Values:
        """The remembered answer, or a new one; an answer that depends on itself is empty at that point."""
        known = memo.get(key)
        if known is not None:
            if not known and (waiting := _DEPTHS.get(id(known))) is not None:
                self._reached = min(self._reached, waiting)
                return NOTHING
            return known
        depth = self._depth
        if depth >= MAX_DEPTH:
            self._reached = 0  # What is cut here may be answered when it is asked for itself.
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
        """Note that an answer is to be forgotten with the question it waited for."""
        repeats = self._repeats.setdefault(id(memo), {})
        count = repeats.get(key, 0)
        if count < MAX_REPEATS:
            repeats[key] = count + 1
            self._passing.append((self._reached, partial(memo.pop, key, None)))

    def _settle(self, depth: int) -> None:
        """An answer is whole: forget those that waited for it."""
        passing = self._passing
        while passing and passing[-1][0] >= depth:
            passing.pop()[1]()
