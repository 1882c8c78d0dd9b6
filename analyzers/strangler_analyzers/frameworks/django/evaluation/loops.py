"""Loops over apps and modules: what they run over, and which branch they take for each element."""

from __future__ import annotations

from collections.abc import Sequence

from strangler_analyzers.frameworks.django.evaluation.expressions import Expressions
from strangler_analyzers.frameworks.django.evaluation.places import Item, Known, Place
from strangler_analyzers.linker.values import (
    ClassValue,
    ConstantValue,
    External,
    Frame,
    InstanceValue,
    ModuleValue,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import names, statements

MAX_RUNS = 400
"""A loop over more elements than this is seen as one run over all of them."""


def runs(expressions: Expressions, loop: s.Loop, name: str, place: Place) -> tuple[Place, ...]:
    """The places of a loop's single runs, when its body changes the list `name` and its elements are known."""
    if not isinstance(loop.target, s.Name) or not _changes(loop, name):
        return ()
    return _turns(expressions, loop, loop.target.id, place)


def _turns(expressions: Expressions, loop: s.Loop, target: str, place: Place) -> tuple[Place, ...]:
    resolver = expressions.resolver
    elements = [
        element
        for iterable in expressions.values(loop.iterable, place)
        for element in resolver.elements(iterable)
        if isinstance(element, InstanceValue | ModuleValue | ClassValue | ConstantValue)
    ]
    if len(elements) > MAX_RUNS:
        return ()
    return tuple(place.knowing(target, Known((element,))) for element in dict.fromkeys(elements))


def verdict(expressions: Expressions, tests: tuple[s.Expression, ...], place: Place) -> bool | None:
    """Whether ``hasattr(element, "name")`` or ``find_spec("module")`` holds this time; None where nobody knows."""
    if not place.names or len(tests) != 1 or not isinstance(tests[0], s.Call) or not tests[0].arguments:
        return None
    call = tests[0]
    match (s.dotted(call.function) or "").rpartition(".")[2]:
        case "hasattr" if len(call.arguments) == 2:
            name = expressions.text(call.arguments[1], place)
            owners = expressions.values(call.arguments[0], place)
            return any(_has(expressions, owner, name) for owner in owners) if owners and name is not None else None
        case "find_spec" | "module_has_submodule":
            module = expressions.text(call.arguments[0], place)
            return expressions.resolver.program.is_module(module) if module is not None else None
        case _:
            return None


def _has(expressions: Expressions, owner: Value, name: str) -> bool:
    if isinstance(owner, External):
        return True
    found = expressions.resolver.attribute(owner, name)
    own = [value for value in found if not isinstance(value, External)]
    return bool(own) or (isinstance(owner, ModuleValue) and bool(found))


def set_in_loop(expressions: Expressions, owner: Value, name: str) -> Values:
    """What a loop over apps sets on an object that one of them leads to, taken from that app.

    ``for app in get_app_configs(): meta = app.Meta; meta.module = app.name; metas.append(meta)``: the attribute of one
    object is not that of the others.
    """
    if not isinstance(owner, ClassValue | InstanceValue):
        return ()
    for store in expressions.resolver.program.foreign.get(name, ()):
        loop = _loop_with(store.scope.node.body, store.owner)
        if loop is None or not isinstance(loop.target, s.Name):
            continue
        place = Place(Frame(store.scope))
        for turn in _turns(expressions, loop, loop.target.id, place):
            known = _after(loop.body, turn)
            if owner in expressions.values(store.owner, known):
                return expressions.values(store.binding.expression, known)
    return ()


def _after(body: Sequence[s.Statement], place: Place) -> Place:
    """The place behind a loop's body, knowing what it gave names."""
    for statement in statements(body):
        match statement:
            case s.Assign(targets=(s.Name(id=target),), value=value) if value is not None:
                place = place.knowing(target, Item(value, place))
            case _:
                pass
    return place


def _loop_with(body: Sequence[s.Statement], owner: s.Expression) -> s.Loop | None:
    """The loop in which an attribute of `owner` is set."""
    for loop in statements(body):
        if isinstance(loop, s.Loop):
            for statement in statements(loop.body):
                if isinstance(statement, s.Assign):
                    for target in statement.targets:
                        if isinstance(target, s.Attribute) and target.value is owner:
                            return loop
    return None


def _changes(loop: s.Loop, name: str) -> bool:
    return name in names(loop.body, nested=True)
