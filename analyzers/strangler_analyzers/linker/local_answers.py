"""Memos that only one function's code needs, kept until the analysis leaves the function's module."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.scope import Scope, Unit
from strangler_analyzers.linker.values import Frame, Values

MAX_LATE = 2_000
"""The most functions whose memos are kept when asked for after their module was left; beyond it they are dropped."""

_Key = TypeVar("_Key", bound=tuple[Hashable, Hashable])


class LocalAnswers(Generic[_Key]):
    """Memos of one kind of question, one for each scope the question concerns.

    What a function returns, what a class has and what a module binds is asked for from everywhere, and is remembered
    elsewhere, or here to the end. The inside of a function is asked for while its module is analysed, and rarely
    afterwards: kept to the end, those answers would take half of the memory of a large program.
    """

    def __init__(self, recursion: Recursion) -> None:
        self._recursion = recursion
        self._memos: dict[Scope, dict[_Key, Values]] = {}
        self._functions: dict[Unit, list[Scope]] = {}
        self._late: list[Scope] = []
        self._left: set[Unit] = set()

    def of(self, scope: Scope) -> dict[_Key, Values]:
        """The memo of a scope."""
        memo = self._memos.get(scope)
        if memo is None:
            memo = self._memos[scope] = {}
            if scope.is_function and scope.module in self._left:
                self._late.append(scope)
            elif scope.is_function:
                self._functions.setdefault(scope.module, []).append(scope)
        return memo

    def leave(self, module: Unit) -> None:
        """Drop the answers inside the functions of a module. Call only while no question is open."""
        self._left.add(module)
        self._drop(self._functions.pop(module, ()))
        if len(self._late) > MAX_LATE:
            self._drop(self._late)
            self._late = []

    def forget(self, frame: Frame) -> None:
        """Drop the answers found in a frame. Call only while no question is open.

        The frame is half of the key, and frames are interned.
        """
        memo = self._memos.get(frame.scope)
        if memo:
            for key in [key for key in memo if key[0] is frame or key[1] is frame]:
                del memo[key]

    def _drop(self, scopes: Iterable[Scope]) -> None:
        for scope in scopes:
            self._recursion.drop(self._memos.pop(scope))
