"""One run of a function: its scope with the values of its parameters and loop variables."""

from __future__ import annotations

from collections.abc import Iterable

from strangler_analyzers.linker.values import Frame, FunctionValue, Values


class Activation(Frame, frozen=True, eq=False):
    """A frame with known values for some names; `Frames` interns activations, so identity is equality.

    Its `outer` frame is the one in which the function was defined.
    """

    names: tuple[tuple[str, Values], ...] = ()
    before: Frame | None = None
    """For one iteration of a loop: the frame around the loop."""
    fixed: bool = False
    """Whether the names keep these values whatever the body assigns: the ``x`` on the right of ``x = x + y``."""

    def known(self, name: str) -> Values | None:
        """The values of a name in this run, or None."""
        for known, values in self.names:
            if known == name:
                return values
        return None if self.before is None else known_name(self.before, name)


class Closure(FunctionValue, frozen=True):
    """A function defined inside an activation."""


def known_name(frame: Frame, name: str) -> Values | None:
    """The values of a name in a frame, or None if the frame does not know it."""
    return frame.known(name) if isinstance(frame, Activation) else None


def plain(frame: Frame) -> Frame:
    """The frame without the known values of its names."""
    return Frame(frame.scope, frame.receiver) if isinstance(frame, Activation) else frame


def union(parts: Iterable[Values]) -> Values:
    """All values of the parts, each once."""
    return tuple(dict.fromkeys(value for part in parts for value in part))
