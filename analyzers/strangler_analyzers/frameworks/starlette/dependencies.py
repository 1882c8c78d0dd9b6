"""``Depends``: the functions FastAPI calls before a handler, and the values they provide for its parameters."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.frameworks.starlette.endpoints import callables
from strangler_analyzers.frameworks.starlette.parts import Kind, kind_of
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.linker.definitions import definitions
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    Container,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    Site,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import nodes

MAX_ALIASES = 5
"""The longest chain of names that is followed to a type."""


def is_dependency(value: Value) -> bool:
    """Whether a value is ``Depends(...)`` or ``Security(...)``."""
    return isinstance(value, External) and value.path.endswith("()") and kind_of(value.path[:-2]) is Kind.DEPENDENCY


def metadata(resolver: Resolver, annotation: s.Expression | None, frame: Frame) -> tuple[s.Subscript, Frame] | None:
    """``Annotated[...]`` with its frame, found through names of types."""
    for _ in range(MAX_ALIASES):
        match annotation:
            case s.Subscript(value=s.Name(id="Annotated") | s.Attribute(name="Annotated")):
                return annotation, frame
            case s.Name() | s.Attribute():
                place = next(iter(definitions(resolver, annotation, frame, callers=False)), None)
            case _:
                return None
        if place is None:
            return None
        annotation, frame = place
    return None


class DependencyValues(Knowledge):
    """A parameter declared with ``Depends`` is what the dependency returns."""

    def argument(self, resolver: Resolver, scope: Scope, parameter: s.Parameter) -> Values | None:
        """The values that FastAPI passes."""
        frame = Frame(scope.parent or scope)
        found: list[Values] = []
        declared = metadata(resolver, parameter.annotation, frame)
        if declared is not None:
            subscript, where = declared
            parts = subscript.index.elements if isinstance(subscript.index, s.Sequence) else (subscript.index,)
            plain_type = resolver.annotated(parts[0], where)
            for part in parts[1:]:
                found.extend(self._provided(resolver, v, plain_type) for v in resolver.evaluate(part, where))
            found.append(plain_type if not isinstance(parameter.annotation, s.Subscript) else NOTHING)
        if isinstance(parameter.default, s.Call):
            plain_type = NOTHING if parameter.annotation is None else resolver.annotated(parameter.annotation, frame)
            values = resolver.evaluate(parameter.default, frame)
            found.extend(self._provided(resolver, value, plain_type) for value in values)
        values = resolver.union(found)
        return values or None

    @staticmethod
    def _provided(resolver: Resolver, value: Value, declared: Values) -> Values:
        if not is_dependency(value) or not isinstance(value, External) or value.site is None:
            return NOTHING
        expression = value.site.call.argument(0, "dependency")
        if expression is None:
            return declared
        return resolver.union(result(resolver, v) for v in resolver.evaluate(expression, value.site.frame))


def result(resolver: Resolver, value: Value) -> Values:
    """The result of calling a dependency; for a generator, what it yields."""
    match value:
        case ClassValue(scope=scope):
            return (InstanceValue(scope),)
        case FunctionValue(scope=scope) | MethodValue(scope=scope):
            returned = resolver.returned(Frame(scope, value.receiver))
            return resolver.union(v.values if isinstance(v, Container) and _yields(scope) else (v,) for v in returned)
        case InstanceValue(scope=scope):
            methods = resolver.member(scope, "__call__", on_class=False)
            return resolver.union(result(resolver, method) for method in methods if isinstance(method, MethodValue))
        case External(path=path):
            return (External(f"{path}()"),)
        case _:
            return NOTHING


def _yields(scope: Scope) -> bool:
    node = scope.node
    return isinstance(node, s.Function) and any(isinstance(part, s.Yield) for part in nodes(node.body))


class Dependencies:
    """The program's own functions a request runs before its handler, in order."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._known: dict[Scope, tuple[Scope, ...]] = {}

    def listed(self, values: Values) -> Iterator[Scope]:
        """Those of a list of ``Depends``."""
        for value in values:
            for element in self._evaluator.containers.elements(value):
                for dependency in element:
                    yield from self._of(dependency, NOTHING)

    def of_parameters(self, function: Scope) -> tuple[Scope, ...]:
        """Those of a function's parameters, innermost first."""
        known = self._known.get(function)
        if known is not None:
            return known
        self._known[function] = ()  # A dependency that needs itself ends here.
        found = tuple(dict.fromkeys(self._parameters(function)))
        self._known[function] = found
        return found

    def _parameters(self, function: Scope) -> Iterator[Scope]:
        if not isinstance(function.node, s.Function):
            return
        frame = Frame(function.parent or function)
        resolver = self._evaluator.resolver
        for parameter in function.node.parameters:
            declared = NOTHING if parameter.annotation is None else resolver.evaluate(parameter.annotation, frame)
            found = metadata(resolver, parameter.annotation, frame)
            if found is not None and isinstance(found[0].index, s.Sequence):
                elements, where = found[0].index.elements, found[1]
                for part in elements[1:]:
                    for value in self._evaluator.evaluate(part, where):
                        yield from self._of(value, resolver.evaluate(elements[0], where))
            if isinstance(parameter.default, s.Call):
                for value in self._evaluator.evaluate(parameter.default, frame):
                    yield from self._of(value, declared)

    def _of(self, dependency: Value, declared: Values) -> Iterator[Scope]:
        if not is_dependency(dependency) or not isinstance(dependency, External) or dependency.site is None:
            return
        site: Site = dependency.site
        values = self._evaluator.parameters.argument(site.call, site.frame, 0, "dependency") or declared
        for function in callables(self._evaluator, values):
            yield from self.of_parameters(function)
            yield function
