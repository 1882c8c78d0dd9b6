"""Answers that only the code of one function asks for, remembered until the analysis leaves its module."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.scope import Scope, Unit
from strangler_analyzers.linker.values import Frame, Values

MAX_LATE = 2_000
"""Functions asked about again after their module was left; when there are more, they are forgotten again."""

_Key = TypeVar("_Key", bound=tuple[Hashable, Hashable])


class LocalAnswers(Generic[_Key]):
    """Memos of one kind of question, one for each scope it is asked about.

    What a function returns, what a class has and what a module names is asked for from everywhere and remembered
    elsewhere, or here to the end. What stands inside a function is asked for while its module is looked at, and by
    very few others: kept to the end it would be half of the memory a large program takes.
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
        """Forget what was asked inside the functions of a module. Only while no question is open."""
        self._left.add(module)
        self._drop(self._functions.pop(module, ()))
        if len(self._late) > MAX_LATE:
            self._drop(self._late)
            self._late = []

    def forget(self, frame: Frame) -> None:
        """Forget what was asked in a frame, by half of the key, which is kept once. Only while no question is open."""
        memo = self._memos.get(frame.scope)
        if memo:
            for key in [key for key in memo if key[0] is frame or key[1] is frame]:
                del memo[key]

    def _drop(self, scopes: Iterable[Scope]) -> None:
        for scope in scopes:
            self._recursion.drop(self._memos.pop(scope))
