"""The frames of one resolver, each made once."""

from __future__ import annotations

from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import Frame


class Frames:
    """Keeps frames: equal ones are the same object, which is compared at once."""

    def __init__(self) -> None:
        self._plain: dict[tuple[Scope, Scope | None], Frame] = {}
        self._given: dict[Frame, Frame] = {}

    def of(self, scope: Scope, receiver: Scope | None = None, outer: Frame | None = None) -> Frame:
        """The frame of a scope in which nothing is given but what the closure's `outer` frame gives."""
        if outer is not None:
            return self.kept(Frame(scope, receiver, outer=outer))
        key = (scope, receiver)
        known = self._plain.get(key)
        if known is None:
            known = self._plain[key] = Frame(scope, receiver)
        return known

    def around(self, scope: Scope) -> Frame:
        """The frame decorators, annotations, defaults and bases of a scope are evaluated in."""
        return self.of(scope.parent or scope)

    def kept(self, frame: Frame) -> Frame:
        """The frame equal to a newly made one."""
        return self._given.setdefault(frame, frame)
