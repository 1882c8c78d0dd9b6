"""What one look over a whole program finds, kept for all who ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from strangler_analyzers.linker.program import Program

_Found = TypeVar("_Found")


class PerProgram(Generic[_Found]):
    """Makes something of each program once; it lives as long as the program, which it must not hold."""

    def __init__(self, make: Callable[[Program], _Found]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[Program, _Found] = WeakKeyDictionary()

    def of(self, program: Program) -> _Found:
        """What was made of a program."""
        found = self._made.get(program)
        if found is None:
            found = self._made[program] = self._make(program)
        return found
