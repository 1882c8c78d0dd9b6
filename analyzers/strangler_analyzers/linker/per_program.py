"""Results computed once for each program and shared by all callers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from strangler_analyzers.linker.program import Program

_Found = TypeVar("_Found")


class PerProgram(Generic[_Found]):
    """Computes a result once for each program. It lives as long as the program, and must not refer to it."""

    def __init__(self, make: Callable[[Program], _Found]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[Program, _Found] = WeakKeyDictionary()

    def of(self, program: Program) -> _Found:
        """The result for a program."""
        found = self._made.get(program)
        if found is None:
            found = self._made[program] = self._make(program)
        return found
