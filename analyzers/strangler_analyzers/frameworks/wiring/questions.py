"""The interface through which parts of the evaluation call the whole, implemented in `wiring.evaluation`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol

from strangler_analyzers.frameworks.wiring.frames import Frames
from strangler_analyzers.frameworks.wiring.settings import Settings
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Binding, Scope
from strangler_analyzers.linker.values import Frame, Site, Value, Values
from strangler_analyzers.source import syntax as s


class Questions(Protocol):
    """Answers for one program, run by run."""

    resolver: Resolver
    frames: Frames
    settings: Settings
    relevant: Mapping[Scope, AbstractSet[str]]
    """The parameters that distinguish runs of a function; all parameters for a function that is not listed."""
    classes: dict[Site, Scope]
    """The program's own class of a part, by the call that made the part."""

    def evaluate(self, expression: s.Expression, frame: Frame) -> Values:
        """The values an expression may have in a frame."""
        ...

    def texts(self, expression: s.Expression | None, frame: Frame) -> list[str]:
        """The strings an expression may have; an unknown part is `text.UNKNOWN`."""
        ...

    def attribute(self, value: Value, name: str) -> Values:
        """What ``value.name`` may be."""
        ...

    def module_member(self, module: str, name: str) -> Values:
        """``module.name``."""
        ...

    def makes_part(self, path: str) -> bool:
        """Whether calling the library object at a path makes a part."""
        ...

    def bound(self, binding: Binding, frame: Frame) -> Values:
        """The values that a binding gives its name in a frame."""
        ...

    def bound_by(self, bindings: Iterable[Binding], frame: Frame) -> Values:
        """The values that all bindings of a name give it in a frame."""
        ...

    def returned(self, frame: Frame) -> Values:
        """What a function returns in a run."""
        ...
