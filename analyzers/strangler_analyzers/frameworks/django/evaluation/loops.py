"""Loops over apps and modules: what they run over, and which branch they take for each element."""

from __future__ import annotations

from strangler_analyzers.frameworks.django.evaluation.expressions import Expressions
from strangler_analyzers.frameworks.django.evaluation.places import Known, Place
from strangler_analyzers.linker.values import ConstantValue, External, InstanceValue, ModuleValue, Value
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import names

MAX_RUNS = 400
"""A loop over more elements than this is seen as one run over all of them."""


def runs(expressions: Expressions, loop: s.Loop, name: str, place: Place) -> tuple[Place, ...]:
    """The places of a loop's single runs, when its body changes the list `name` and its elements are known."""
    if not isinstance(loop.target, s.Name) or not _changes(loop, name):
        return ()
    resolver = expressions.resolver
    elements = [
        element
        for iterable in expressions.values(loop.iterable, place)
        for element in resolver.elements(iterable)
        if isinstance(element, InstanceValue | ModuleValue | ConstantValue)
    ]
    if len(elements) > MAX_RUNS:
        return ()
    return tuple(place.knowing(loop.target.id, Known((element,))) for element in dict.fromkeys(elements))


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


def _changes(loop: s.Loop, name: str) -> bool:
    return name in names(loop.body, nested=True)
