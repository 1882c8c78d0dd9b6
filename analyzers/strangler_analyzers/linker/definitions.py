"""The defining expressions of a name or attribute: the expressions assigned to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import (
    Annotated,
    Argument,
    Assigned,
    Binding,
    Defined,
    Elsewhere,
    ImportedName,
    Scope,
)
from strangler_analyzers.linker.values import (
    UNKNOWN,
    ClassValue,
    Frame,
    FunctionValue,
    Given,
    InstanceValue,
    MethodValue,
    ModuleValue,
    SuperValue,
    Values,
)
from strangler_analyzers.source import syntax as s

ExpressionInFrame = tuple[s.Expression, Frame]
"""An expression and the frame to evaluate it in."""


def definitions(
    resolver: Resolver, expression: s.Expression, frame: Frame, *, callers: bool = True
) -> Iterator[ExpressionInFrame]:
    """The expressions that a name or attribute is assigned from; empty for other expressions.

    For a parameter, its default and, with `callers`, the arguments that the program's calls pass.
    """
    match expression:
        case s.Name(id=name):
            yield from _of_name(resolver, name, frame, callers=callers)
        case s.Attribute(value=owner, name=name):
            for value in resolver.evaluate(owner, frame):
                match value:
                    case ModuleValue(name=module):
                        yield from _of_module(resolver, module, name)
                    case ClassValue(scope=scope) | InstanceValue(scope=scope) | SuperValue(receiver=scope):
                        yield from _of_class(resolver, scope, name)
                    case _:
                        pass
        case _:
            pass


def returned_expressions(scope: Scope) -> list[s.Expression]:
    """The expressions of a function's own ``return`` statements."""
    if not isinstance(scope.node, s.Function):
        return []
    found: list[s.Expression] = []
    pending: list[s.Statement] = list(reversed(scope.node.body))
    while pending:
        statement = pending.pop()
        match statement:
            case s.Return(value=value) if value is not None:
                found.append(value)
            case s.With(body=body) | s.Loop(body=body):
                pending.extend(reversed(body))
            case s.Branch(arms=arms):
                for arm in reversed(arms):
                    pending.extend(reversed(arm))
            case _:
                pass
    return found


def _of_name(resolver: Resolver, name: str, frame: Frame, *, callers: bool) -> Iterator[ExpressionInFrame]:
    scope: Scope | None = frame.scope
    first = True
    while scope is not None:
        if name in scope.bindings and (first or not scope.is_class):
            inner = frame if scope is frame.scope else Frame(scope, frame.receiver)
            yield from _of_bindings(resolver, scope.bindings[name], inner, callers=callers)
            return
        first = False
        scope = scope.parent


def _of_module(resolver: Resolver, module: str, name: str) -> Iterator[ExpressionInFrame]:
    """The expressions assigned to a module's name, followed through imports; import cycles end the search."""
    pending = [(module, name)]
    seen: set[tuple[str, str]] = set()
    while pending:
        place = pending.pop()
        unit = resolver.program.units.get(place[0])
        if place in seen or unit is None:
            continue
        seen.add(place)
        if place[1] not in unit.scope.bindings:
            pending.extend((star, place[1]) for star in reversed(unit.scope.stars))
            continue
        for binding in unit.scope.bindings[place[1]]:
            if isinstance(binding, ImportedName):
                pending.append((binding.module, binding.name))
            else:
                yield from _of_bindings(resolver, (binding,), Frame(unit.scope))


def _of_class(resolver: Resolver, scope: Scope, name: str) -> Iterator[ExpressionInFrame]:
    for ancestor in resolver.order(scope):
        if isinstance(ancestor, str):
            continue
        found = False
        for binding, method in ancestor.attributes.get(name, ()):
            found = True
            yield from _of_bindings(resolver, (binding,), Frame(method, scope))
        if name in ancestor.bindings:
            found = True
            yield from _of_bindings(resolver, ancestor.bindings[name], Frame(ancestor))
        if found:
            return


def _of_bindings(
    resolver: Resolver, bindings: Iterable[Binding], frame: Frame, *, callers: bool = True
) -> Iterator[ExpressionInFrame]:
    for binding in bindings:
        match binding:
            case Assigned(expression=expression, path=path):
                yield from _element(resolver, expression, path, frame)
            case ImportedName(module=module, name=name):
                yield from _of_module(resolver, module, name)
            case Elsewhere(binding=inner, scope=scope):
                yield from _of_bindings(resolver, (inner,), Frame(scope))
            case Argument(parameter=parameter) if (given := frame.passed(parameter.name)) is not None:
                if given.expression is not UNKNOWN:
                    yield given.expression, given.frame
                elif parameter.default is not None:
                    yield parameter.default, Frame(frame.scope.parent or frame.scope)
            case Argument(parameter=parameter):
                if parameter.default is not None:
                    yield parameter.default, Frame(frame.scope.parent or frame.scope)
                if callers:
                    yield from resolver.passed(frame, parameter)
            case Defined() | Annotated() | _:
                pass


def _element(
    resolver: Resolver, expression: s.Expression, path: tuple[int, ...], frame: Frame
) -> Iterator[ExpressionInFrame]:
    """One element of an unpacked display; an unpacked call yields the call itself."""
    if not path:
        yield expression, frame
    elif isinstance(expression, s.Sequence) and path[0] < len(expression.elements):
        yield from _element(resolver, expression.elements[path[0]], path[1:], frame)
    elif isinstance(expression, s.Call | s.Await | s.Name):
        yield expression, frame


def called_functions(callees: Values) -> Iterator[Frame]:
    """The frames of the program's functions among the callees of a call, each with its receiver."""
    for callee in callees:
        if isinstance(callee, FunctionValue | MethodValue):
            yield Frame(callee.scope, callee.receiver)


def given_frame(resolver: Resolver, callee: Frame, call: s.Call, frame: Frame) -> Frame:
    """The frame of a function with all that one call passes for its parameters; omitted ones have their defaults."""
    node = callee.scope.node
    if not isinstance(node, s.Function):
        return callee
    bound = callee.receiver is not None
    passed = (
        (parameter.name, resolver.actual(callee.scope, parameter.name, call, bound=bound))
        for parameter in node.parameters[1 if bound else 0 :]
        if not parameter.prefix
    )
    given = tuple(Given(name, expression, frame) for name, expression in passed if expression is not None)
    return Frame(callee.scope, callee.receiver, given=given).closed()
