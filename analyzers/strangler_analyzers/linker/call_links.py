"""Which functions of the program a call runs."""

from __future__ import annotations

from strangler.model.system import CallKind, Confidence
from strangler_analyzers.linker.program import Defined, Scope
from strangler_analyzers.linker.recording import Place, Position, Recording
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import (
    ClassValue,
    External,
    FunctionValue,
    InstanceValue,
    MethodValue,
    Site,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

MAX_OVERRIDES = 8
"""A method with more overrides than this is an interface: the receiver decides, not we."""


class CallLinks:
    """Links calls to functions, and notes the call at each of them."""

    def __init__(self, resolver: Resolver, recording: Recording) -> None:
        self._resolver = resolver
        self._recording = recording

    def link(self, call: s.Call, callees: Values, position: Position) -> bool:
        """Record what a call runs; whether any of it belongs to the program."""
        linked = False
        for callee in callees:
            linked = self._callee(callee, call, position) or linked
        return linked

    def _callee(self, callee: Value, call: s.Call, position: Position) -> bool:
        match callee:
            case FunctionValue(scope=scope):
                self._run(scope, call, position)
            case MethodValue(scope=scope, receiver=receiver):
                self._run(scope, call, position)
                self._overrides(scope, receiver, call, position)
            case ClassValue(scope=scope):
                made = [self._method(scope, name, call, position) for name in ("__new__", "__init__")]
                if not any(made):
                    self._recording.call(scope.name, (call.line, call.column), position)
            case InstanceValue(scope=scope):
                return self._method(scope, "__call__", call, position)
            case _:
                return False
        return True

    def _run(
        self, function: Scope, call: s.Call, position: Position, confidence: Confidence = Confidence.CERTAIN
    ) -> None:
        self._recording.flow.sites.append((function, Site(call, position.frame)))
        self._recording.call(function.name, (call.line, call.column), position, confidence=confidence)

    def _overrides(self, method: Scope, receiver: Scope, call: s.Call, position: Position) -> None:
        """``self.method()`` may run what a subclass defines instead."""
        is_self = isinstance(call.function, s.Attribute) and isinstance(call.function.value, s.Name)
        owner = position.frame.scope.owner
        if not is_self or owner is None or receiver is not owner:
            return
        name = method.short_name
        overrides = [
            binding.scope
            for child in self._resolver.subclasses(receiver)
            for binding in child.bindings.get(name, ())
            if isinstance(binding, Defined) and binding.scope.is_function
        ]
        if len(overrides) <= MAX_OVERRIDES:
            for override in overrides:
                self._run(override, call, position, Confidence.POSSIBLE)

    def _method(self, scope: Scope, name: str, call: s.Call, position: Position) -> bool:
        """A call that runs a special method, where the program defines it."""
        methods = _functions(self._resolver.member(scope, name, on_class=False))
        for method in methods:
            self._run(method.scope, call, position)
        return bool(methods)

    def entered(self, context: InstanceValue, place: Place, position: Position) -> None:
        """``with`` runs the context manager's methods."""
        for name in ("__enter__", "__aenter__", "__exit__", "__aexit__"):
            for method in _functions(self._resolver.member(context.scope, name, on_class=False)):
                self._recording.call(method.scope.name, place, position)

    def callbacks(self, call: s.Call, callees: Values, position: Position) -> None:
        """A function handed to a library is taken to run."""
        if not position.frame.scope.is_function or not any(map(_is_library, callees)):
            return
        place = (call.line, call.column)
        for argument in (*call.arguments, *(keyword.value for keyword in call.keywords)):
            if isinstance(argument, s.Name | s.Attribute):
                for value in _functions(self._resolver.evaluate(argument, position.frame)):
                    self._recording.call(value.scope.name, place, position, CallKind.FRAMEWORK, Confidence.LIKELY)

    def decorated(self, function: Scope, node: s.Function, position: Position) -> None:
        """A decorated function runs inside what its decorators return."""
        outer = self._resolver.frame(function.parent or function)
        for decorator in node.decorators:
            for value in self._resolver.evaluate(decorator, outer):
                if not isinstance(value, FunctionValue):
                    continue
                for wrapper in self._resolver.returned(self._resolver.frame(value.scope)):
                    if isinstance(wrapper, FunctionValue) and wrapper.scope is not function:
                        self._recording.call(wrapper.scope.name, (node.line, 0), position, CallKind.DECORATOR)


def _functions(values: Values) -> list[FunctionValue | MethodValue]:
    return [value for value in values if isinstance(value, MethodValue | FunctionValue)]


def _is_library(value: Value) -> bool:
    return isinstance(value, External) and not value.path.startswith("builtins.")
