"""The interned frames of one resolver."""

from __future__ import annotations

from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import Frame


class Frames:
    """Interns frames: equal frames are one object, so that comparing them is fast."""

    def __init__(self) -> None:
        self._plain: dict[tuple[Scope, Scope | None], Frame] = {}
        self._given: dict[Frame, Frame] = {}

    def of(self, scope: Scope, receiver: Scope | None = None, outer: Frame | None = None) -> Frame:
        """The frame of a scope with no given arguments other than those of the closure's `outer` frame."""
        if outer is not None:
            return self.kept(Frame(scope, receiver, outer=outer))
        key = (scope, receiver)
        known = self._plain.get(key)
        if known is None:
            known = self._plain[key] = Frame(scope, receiver)
        return known

    def around(self, scope: Scope) -> Frame:
        """The frame in which the decorators, annotations, defaults and bases of a scope are evaluated."""
        return self.of(scope.parent or scope)

    def kept(self, frame: Frame) -> Frame:
        """The interned frame equal to a newly made one."""
        return self._given.setdefault(frame, frame)
