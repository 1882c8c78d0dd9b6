"""One run of a function: its scope with what its parameters and loop variables stand for."""

from __future__ import annotations

from collections.abc import Iterable

from strangler_analyzers.linker.values import Frame, FunctionValue, Values


class Activation(Frame, frozen=True, eq=False):
    """A frame in which some names are known; `Frames` makes equal ones only once, so identity is equality.

    Its `outer` frame is the one the function was defined in.
    """

    names: tuple[tuple[str, Values], ...] = ()
    before: Frame | None = None
    """For one turn of a loop: the frame around the loop."""
    fixed: bool = False
    """The names stand for nothing else, whatever the body assigns: what ``x`` is inside ``x = x + y``."""

    def known(self, name: str) -> Values | None:
        """What a name stands for in this run, or None."""
        for known, values in self.names:
            if known == name:
                return values
        return None if self.before is None else known_name(self.before, name)


class Closure(FunctionValue, frozen=True):
    """A function defined inside an activation."""


def known_name(frame: Frame, name: str) -> Values | None:
    """What a name stands for in a frame, where the frame knows."""
    return frame.known(name) if isinstance(frame, Activation) else None


def plain(frame: Frame) -> Frame:
    """The frame without what is known of its names."""
    return Frame(frame.scope, frame.receiver) if isinstance(frame, Activation) else frame


def union(parts: Iterable[Values]) -> Values:
    """All values of the parts, each once."""
    return tuple(dict.fromkeys(value for part in parts for value in part))
