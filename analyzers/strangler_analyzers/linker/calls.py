"""Evaluation of calls: the frame a call opens, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import intern

from msgspec.structs import replace

from strangler_analyzers.linker.abstract_methods import is_abstract, overriding
from strangler_analyzers.linker.arguments import MAX_GIVEN
from strangler_analyzers.linker.frames import Frames
from strangler_analyzers.linker.libraries import Libraries
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    Container,
    External,
    Frame,
    FunctionValue,
    Given,
    InstanceValue,
    MethodValue,
    ParameterValue,
    Site,
    Value,
    Values,
    union,
)
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import statements

_TELLING = (s.Name, s.Attribute, s.Call, s.Lambda, s.Subscript)
"""Kinds of arguments that may be the class or query a function is about."""
_TELLING_OR_SEVERAL = (*_TELLING, s.Star)


class Calls:
    """Evaluates calls of values and the return values of functions."""

    def __init__(self, resolver: Resolver, recursion: Recursion, frames: Frames, libraries: Libraries) -> None:
        self._resolver = resolver
        self._recursion = recursion
        self._frames = frames
        self._libraries = libraries
        self._returns: dict[Frame, Values] = {}
        self._results: dict[Scope, tuple[Sequence[s.Expression], Sequence[s.Yield]]] = {}
        self._decorated: dict[tuple[FunctionValue | MethodValue, s.Call, Frame], Values] = {}

    def call(self, callee: Value, call: s.Call, frame: Frame) -> Values:
        """What calling a value may return."""
        for known_call in self._libraries.call[type(callee)]:
            if (known := known_call(self._resolver, callee, call, frame)) is not None:
                return known
        match callee:
            case External(path=path, site=site):
                return (External(intern(f"{path}()"), site or Site(call, frame)),)
            case ClassValue(scope=scope):
                return (InstanceValue(scope),)
            case FunctionValue() | MethodValue():
                if callee.scope.applications and not callee.bare:
                    return self._recursion.once(self._decorated, (callee, call, frame), self._call_decorated)
                inner = self._frames.of(callee.scope, callee.receiver, callee.outer)
                return self._run(inner, call, frame, bound=isinstance(callee, MethodValue))
            case InstanceValue(scope=scope):
                methods = self._resolver.member(scope, "__call__", on_class=False)
                return union(self.call(m, call, frame) for m in methods if isinstance(m, MethodValue))
            case _:
                return NOTHING

    def _call_decorated(self, question: tuple[FunctionValue | MethodValue, s.Call, Frame]) -> Values:
        callee, call, frame = question
        made = union(self.call(value, call, frame) for value in self._resolver.reached(callee))
        return made or self.call(replace(callee, bare=True), call, frame)

    def _run(self, callee: Frame, call: s.Call, frame: Frame, *, bound: bool) -> Values:
        returned = self.returned(self.called(callee, call, frame, bound=bound))
        return self._substituted(returned, callee.scope, call, frame, bound=bound)

    def called(
        self, callee: Frame, call: s.Call, frame: Frame, *, bound: bool, decides: Callable[[Value], bool] | None = None
    ) -> Frame:
        """The callee's frame, with those arguments of one call that decide what the function is about.

        If the calling frame is closed, so is the callee's.
        """
        node = callee.scope.node
        if not isinstance(node, s.Function) or (decides is None and not self._libraries.decides):
            return callee
        decides = decides or self._decides
        found: list[Given] = []
        if _may_tell(call) and frame.depth < MAX_GIVEN:
            for parameter in node.parameters[1 if bound else 0 :]:
                passed = (
                    None if parameter.prefix else self._resolver.actual(callee.scope, parameter.name, call, bound=bound)
                )
                if isinstance(passed, _TELLING) and any(map(decides, self._resolver.evaluate(passed, frame))):
                    found.append(Given(parameter.name, passed, frame))
        inner = (
            self._frames.kept(Frame(callee.scope, callee.receiver, given=tuple(found), outer=callee.outer))
            if found
            else callee
        )
        return self._frames.kept(inner.closed()) if frame.is_closed else inner

    def _decides(self, value: Value) -> bool:
        return any(decides(value) for decides in self._libraries.decides)

    def _substituted(self, values: Values, scope: Scope, call: s.Call, frame: Frame, *, bound: bool) -> Values:
        """Replace returned parameters by what this call passes for them."""
        if not any(isinstance(value, ParameterValue) for value in values):
            return values
        found: list[Values] = []
        for value in values:
            if isinstance(value, ParameterValue) and value.scope is scope:
                passed = self._resolver.actual(scope, value.name, call, bound=bound)
                if passed is not None:
                    found.append(self._resolver.evaluate(passed, frame))
            else:
                found.append((value,))
        return union(found)

    def returned(self, frame: Frame) -> Values:
        """What a function returns; for a generator, a container of what it yields."""
        return self._returns.get(frame) or self._recursion.once(self._returns, frame, self._returned)

    def _returned(self, frame: Frame) -> Values:
        node = frame.scope.node
        if not isinstance(node, s.Function):
            return NOTHING
        returns, yields = self._results.get(frame.scope) or self._results.setdefault(frame.scope, _results(node))
        values = union(self._resolver.evaluate(value, frame) for value in returns)
        if yields:
            values = (Container(union([self._yielded(item, frame) for item in yields])),)
        known = [v for v in values if not isinstance(v, ParameterValue | ConstantValue)]
        if not known and node.returns is not None:
            values = union((values, self._resolver.annotated(node.returns, self._frames.around(frame.scope))))
        return values or self._overridden(frame)

    def _overridden(self, frame: Frame) -> Values:
        """What the overrides of an abstract method return."""
        receiver = frame.receiver or frame.scope.owner
        if receiver is None or not is_abstract(frame.scope):
            return NOTHING
        methods = overriding(self._resolver, receiver, frame.scope.short_name)
        return union(self.returned(self._frames.of(method)) for method in methods)

    def _yielded(self, item: s.Yield, frame: Frame) -> Values:
        if item.value is None:
            return NOTHING
        values = self._resolver.evaluate(item.value, frame)
        return union(map(self._resolver.elements, values)) if item.delegated else values


def _may_tell(call: s.Call) -> bool:
    """Whether any argument may be what a function is about; most arguments are strings and numbers."""
    return any(isinstance(argument, _TELLING_OR_SEVERAL) for argument in call.arguments) or any(
        keyword.name is None or isinstance(keyword.value, _TELLING) for keyword in call.keywords
    )


def _results(node: s.Function) -> tuple[Sequence[s.Expression], Sequence[s.Yield]]:
    """The returned expressions and the yields of a function's own body."""
    returns: list[s.Expression] = []
    yields: list[s.Yield] = []
    for statement in statements(node.body):
        match statement:
            case s.Return(value=value) if value is not None:
                returns.append(value)
            case s.Evaluate(value=s.Yield() as found) | s.Assign(value=s.Yield() as found):
                yields.append(found)
            case _:
                pass
    return tuple(returns), tuple(yields)
