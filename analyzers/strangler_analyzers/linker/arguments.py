"""What a parameter may be: its receiver, what a framework or a caller passes, its type, its default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from strangler_analyzers.linker.frames import Frames
from strangler_analyzers.linker.libraries import Libraries
from strangler_analyzers.linker.program import Scope
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import (
    ClassValue,
    Container,
    Frame,
    InstanceValue,
    ParameterValue,
    Rows,
    Site,
    Values,
    union,
)
from strangler_analyzers.source import syntax as s

MAX_CALLERS = 40
"""Callers asked for the value of a parameter."""


class Arguments:
    """Evaluates parameters; `call_sites` lets what the program's calls pass flow into them."""

    def __init__(
        self, resolver: Resolver, frames: Frames, libraries: Libraries, call_sites: Mapping[Scope, Sequence[Site]]
    ) -> None:
        self._resolver = resolver
        self._frames = frames
        self._libraries = libraries
        self._call_sites = call_sites

    def values(self, parameter: s.Parameter, frame: Frame) -> Values:
        """The values of a parameter of the frame's function."""
        scope = frame.scope
        if scope.owner is not None and (receiver := _receiver(parameter, scope, frame.receiver or scope.owner)):
            return receiver
        passed = frame.passed(parameter.name)
        if passed is not None and passed.expression is not s.OPAQUE:
            return self._resolver.evaluate(passed.expression, passed.frame)
        values = list(self._declared(scope, parameter))
        declared = any(isinstance(value, InstanceValue | ClassValue | Rows) for found in values for value in found)
        if not declared and passed is None:
            values.extend(self._from_callers(scope, parameter))
        values.append((ParameterValue(scope, parameter.name),))
        return union(values)

    def _declared(self, scope: Scope, parameter: s.Parameter) -> Iterable[Values]:
        """What frameworks, the annotation and the default say."""
        for argument in self._libraries.argument:
            if (known := argument(self._resolver, scope, parameter)) is not None:
                yield known
        outer = self._frames.around(scope)
        if parameter.annotation is not None:
            declared = self._resolver.annotated(parameter.annotation, outer)
            yield (Container(declared),) if parameter.prefix == "*" else declared
        if parameter.default is not None:
            yield self._resolver.evaluate(parameter.default, outer)

    def _from_callers(self, scope: Scope, parameter: s.Parameter) -> Iterable[Values]:
        for expression, frame in self.passed(scope, parameter):
            passed = self._resolver.evaluate(expression, frame)
            yield tuple(value for value in passed if not isinstance(value, ParameterValue))

    def passed(self, scope: Scope, parameter: s.Parameter) -> Iterable[tuple[s.Expression, Frame]]:
        """What the program's own calls pass for a parameter, with the frame each stands in."""
        if parameter.prefix:
            return
        bound = scope.owner is not None and "staticmethod" not in scope.decorator_names()
        for site in self._call_sites.get(scope, ())[:MAX_CALLERS]:
            expression = actual(scope, parameter.name, site.call, bound=bound)
            if expression is not None:
                yield expression, site.frame


def _receiver(parameter: s.Parameter, scope: Scope, receiver: Scope) -> Values:
    """What ``self`` or ``cls`` is; nothing for other parameters."""
    if parameter.name != scope.first_parameter():
        return ()
    decorators = set(scope.decorator_names())
    if "classmethod" in decorators or scope.short_name in {"__new__", "__init_subclass__"}:
        return (ClassValue(receiver),)
    return () if "staticmethod" in decorators else (InstanceValue(receiver),)


def actual(scope: Scope, parameter: str, call: s.Call, *, bound: bool) -> s.Expression | None:
    """The expression a call passes for a parameter; `bound` when the receiver is passed implicitly."""
    keyword = call.keyword(parameter)
    if keyword is not None or not isinstance(scope.node, s.Function):
        return keyword
    names = [p.name for p in scope.node.parameters if not p.prefix and not p.keyword_only]
    if bound:
        names = names[1:]
    if parameter not in names:
        return None
    position = names.index(parameter)
    if any(isinstance(argument, s.Star) for argument in call.arguments[: position + 1]):
        return None
    return call.arguments[position] if position < len(call.arguments) else None
