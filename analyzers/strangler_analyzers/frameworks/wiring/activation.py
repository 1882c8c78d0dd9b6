"""One run of a function: its scope with what its parameters and loop variables stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from strangler_analyzers.linker.values import Frame, FunctionValue, Values


@dataclass(frozen=True, slots=True, eq=False)
class Activation(Frame):
    """A frame in which some names are known; `Frames` makes equal ones only once, so identity is equality."""

    names: tuple[tuple[str, Values], ...] = ()
    outer: Frame | None = None
    """The frame the function was defined in."""
    before: Frame | None = None
    """For one turn of a loop: the frame around the loop."""
    fixed: bool = False
    """The names stand for nothing else, whatever the body assigns: what ``x`` is inside ``x = x + y``."""

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def known(self, name: str) -> Values | None:
        """What a name stands for in this run, or None."""
        for known, values in self.names:
            if known == name:
                return values
        return None if self.before is None else known_name(self.before, name)


@dataclass(frozen=True, slots=True)
class Closure(FunctionValue):
    """A function defined inside an activation."""

    outer: Frame | None = None


def known_name(frame: Frame, name: str) -> Values | None:
    """What a name stands for in a frame, where the frame knows."""
    return frame.known(name) if isinstance(frame, Activation) else None


def plain(frame: Frame) -> Frame:
    """The frame without what is known of its names."""
    return Frame(frame.scope, frame.receiver) if isinstance(frame, Activation) else frame


def union(parts: Iterable[Values]) -> Values:
    """All values of the parts, each once."""
    return tuple(dict.fromkeys(value for part in parts for value in part))
