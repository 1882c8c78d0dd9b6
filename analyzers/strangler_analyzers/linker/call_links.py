"""Which functions of the program a call runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from strangler.model.system import Confidence
from strangler_analyzers.linker.flow import Run
from strangler_analyzers.linker.program import Defined, Scope
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import (
    ClassValue,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

MAX_OVERRIDES = 8
"""A method with more overrides than this is an interface: the receiver decides, not we."""

Target: TypeAlias = tuple[Scope, Scope | None, Confidence]
"""A function that runs, and the class as whose method; for a class without a constructor of its own the class."""


class CallLinks:
    """Links calls to functions and classes of the program."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def targets(self, callee: Value, call: s.Call, frame: Frame) -> Sequence[Target]:
        """What a call of a value runs; nothing for a value outside the program."""
        match callee:
            case FunctionValue(scope=scope, receiver=receiver):
                return ((scope, _handed_on(scope, receiver, frame), Confidence.CERTAIN),)
            case MethodValue(scope=scope, receiver=receiver):
                overrides = self._overrides(scope, receiver, call, frame)
                return (
                    (scope, receiver, Confidence.CERTAIN),
                    *((override, None, Confidence.POSSIBLE) for override in overrides),
                )
            case ClassValue(scope=scope):
                return [*self._method(scope, "__new__"), *self._method(scope, "__init__")] or (
                    (scope, None, Confidence.CERTAIN),
                )
            case InstanceValue(scope=scope):
                return self._method(scope, "__call__")
            case _:
                return ()

    def _overrides(self, method: Scope, receiver: Scope, call: s.Call, frame: Frame) -> Sequence[Scope]:
        """``self.method()`` may run what a subclass defines instead, unless the class of `self` is known."""
        is_self = isinstance(call.function, s.Attribute) and isinstance(call.function.value, s.Name)
        if not is_self or receiver is not frame.scope.owner or frame.receiver is not None:
            return ()
        name = method.short_name
        overrides = [
            binding.scope
            for child in self._resolver.subclasses(receiver)
            for binding in child.bindings.get(name, ())
            if isinstance(binding, Defined) and binding.scope.is_function
        ]
        return overrides if len(overrides) <= MAX_OVERRIDES else ()

    def _method(self, scope: Scope, name: str) -> list[Target]:
        """A special method, where the program defines it."""
        values = self._resolver.member(scope, name, on_class=False)
        return [(method.scope, method.receiver, Confidence.CERTAIN) for method in _functions(values)]

    def managers(self, context: InstanceValue) -> Iterator[Run]:
        """The methods ``with`` runs."""
        for name in ("__enter__", "__aenter__", "__exit__", "__aexit__"):
            for method, receiver, _ in self._method(context.scope, name):
                yield method, receiver

    def callbacks(self, arguments: Iterable[s.Expression], callees: Values, frame: Frame) -> Iterator[Run]:
        """The functions among the arguments for a library: they are taken to run."""
        if frame.scope.is_function and any(map(_is_library, callees)):
            for argument in arguments:
                yield from self.functions(argument, frame)

    def functions(self, argument: s.Expression, frame: Frame) -> Iterator[Run]:
        """The functions of the program that an argument names."""
        if isinstance(argument, s.Name | s.Attribute):
            for value in _functions(self._resolver.evaluate(argument, frame)):
                yield value.scope, value.receiver

    def wrappers(self, function: Scope, node: s.Function) -> Iterator[Scope]:
        """What the decorators of a function return: it runs inside that."""
        outer = self._resolver.frame(function.parent or function)
        for decorator in node.decorators:
            for value in self._resolver.evaluate(decorator, outer):
                if isinstance(value, FunctionValue):
                    for wrapper in self._resolver.returned(self._resolver.frame(value.scope)):
                        if isinstance(wrapper, FunctionValue) and wrapper.scope is not function:
                            yield wrapper.scope


def _handed_on(function: Scope, receiver: Scope | None, frame: Frame) -> Scope | None:
    """``Base.method(self)`` in a class below runs it as a method of the class of `self`."""
    inside = frame.receiver or frame.scope.owner
    return inside if receiver is not None and receiver is function.owner and inside is not None else receiver


def _functions(values: Values) -> list[FunctionValue | MethodValue]:
    """The functions of the program among some values."""
    return [value for value in values if isinstance(value, MethodValue | FunctionValue)]


def _is_library(value: Value) -> bool:
    return isinstance(value, External) and not value.path.startswith("builtins.")
