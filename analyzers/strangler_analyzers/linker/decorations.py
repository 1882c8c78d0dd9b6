"""What actually runs when a decorated function is called."""

from __future__ import annotations

from msgspec.structs import replace

from strangler_analyzers.linker.frames import Frames
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    Value,
    Values,
    defined,
    union,
)


class Decorations:
    """Applies decorators that the program defines; a library's decorator is assumed to return the function it is given.

    A name keeps meaning the function defined under it, since routes, tasks and readers refer to the function by that
    name; what its decorators make of it matters where it is called.
    """

    def __init__(self, resolver: Resolver, recursion: Recursion, frames: Frames) -> None:
        self._resolver = resolver
        self._recursion = recursion
        self._frames = frames
        self._applied: dict[tuple[Scope, int, Frame], Values] = {}
        self._reached: dict[FunctionValue | MethodValue, Values] = {}

    def applied(self, scope: Scope, count: int, frame: Frame) -> Values:
        """A function or class of `frame` with the innermost `count` of its decorators applied."""
        if count == 0:
            return (ClassValue(scope),) if scope.is_class else (replace(defined(scope, frame), bare=True),)
        return self._recursion.once(self._applied, (scope, count, frame), self._apply)

    def _apply(self, question: tuple[Scope, int, Frame]) -> Values:
        scope, count, frame = question
        application = scope.applications[count - 1]
        decorators = self._resolver.evaluate(application.function, frame)
        made = union(self._resolver.call(decorator, application, frame) for decorator in decorators)
        callables = tuple(filter(self._is_callable, made))
        return callables or self.applied(scope, count - 1, frame)

    def _is_callable(self, value: Value) -> bool:
        if isinstance(value, InstanceValue):
            return bool(self._resolver.member(value.scope, "__call__", on_class=False))
        return isinstance(value, FunctionValue | MethodValue | ClassValue)

    def reached(self, function: FunctionValue | MethodValue) -> Values:
        """What a call of a function runs: the function itself, or its decorators' replacement."""
        if function.bare or not function.scope.applications:
            return (function,)
        return self._recursion.once(self._reached, function, self._reach)

    def _reach(self, function: FunctionValue | MethodValue) -> Values:
        scope = function.scope
        frame = function.outer or self._frames.of(scope.parent or scope, function.receiver)
        found: list[Values] = []
        for value in self.applied(scope, len(scope.applications), frame):
            if isinstance(value, FunctionValue) and isinstance(function, MethodValue):
                value = MethodValue(value.scope, function.receiver, value.outer, value.bare)  # noqa: PLW2901
            if isinstance(value, FunctionValue | MethodValue) and value != function:
                found.append(self.reached(value))
            else:
                found.append((value,))
        return tuple(map(_settled, union(found) or (function,)))


def _settled(value: Value) -> Value:
    """The function marked as bare: a call runs it directly, whatever its decorators are."""
    return replace(value, bare=True) if isinstance(value, FunctionValue | MethodValue) else value
