"""Loops over apps and modules: their elements, and the branch taken for each element."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from strangler_analyzers.frameworks.django.evaluation.expressions import Expressions
from strangler_analyzers.frameworks.django.evaluation.places import Bound, Item, Known, Place
from strangler_analyzers.linker.scope import Iterated, Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    ConstantValue,
    External,
    Frame,
    InstanceValue,
    MappingValue,
    ModuleValue,
    SequenceValue,
    Value,
    Values,
)
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import names, statements

MAX_RUNS = 400
"""A loop over more elements than this is treated as a single iteration over all of them."""


def runs(expressions: Expressions, loop: s.Loop, name: str, place: Place) -> tuple[Place, ...]:
    """The places of a loop's iterations, if its body changes the list `name` and its elements are known."""
    if loop.target is None or not _changes(loop, name):
        return ()
    return turns(expressions, loop.target, loop.iterable, place)


def turns(expressions: Expressions, target: s.Expression, iterable: s.Expression, place: Place) -> tuple[Place, ...]:
    """The places of single iterations over an iterable, each with the value of `target`; empty if unknown."""
    bound: Sequence[Sequence[tuple[str, Bound]]]
    match target, iterable:
        case s.Name(id=name), _:
            bound = [((name, Known((element,))),) for element in _single(expressions, iterable, place)]
        case s.Sequence(elements=(s.Name(id=name), s.Name(id=other))), s.Call(
            function=s.Attribute(value=owner, name="items"), arguments=()
        ):
            mappings = [value for value in expressions.values(owner, place) if isinstance(value, MappingValue)]
            bound = [
                ((name, Item(key, Place(mapping.frame))), (other, Item(value, Place(mapping.frame))))
                for mapping in mappings
                for key, value in zip(mapping.node.keys, mapping.node.values, strict=True)
                if key is not None
            ]
        case s.Sequence(elements=elements), _:
            names = tuple(element.id for element in elements if isinstance(element, s.Name))
            rows = [row for value in expressions.values(iterable, place) for row in _rows(expressions, value)]
            bound = [
                tuple(zip(names, (Item(part, Place(row.frame)) for part in row.node.elements), strict=True))
                for row in rows
                if len(names) == len(elements) == len(row.node.elements)
            ]
        case _:
            bound = []
    return tuple(_knowing(place, given) for given in bound) if len(bound) <= MAX_RUNS else ()


def places(expressions: Expressions, scope: Scope, call: s.Call) -> tuple[Place, ...]:
    """The places of a call: one for each iteration of the enclosing loops, if its arguments depend on them."""
    place = Place(Frame(scope))
    given = names((*call.arguments, *(keyword.value for keyword in call.keywords), call.function))
    if not any(isinstance(binding, Iterated) for name in given for binding in scope.bindings.get(name, ())):
        return (place,)
    found: tuple[Place, ...] = (place,)
    for loop in statements(scope.node.body):
        if isinstance(loop, s.Loop) and loop.target is not None and _holds(loop, call):
            found = tuple(
                turn for each in found for turn in turns(expressions, loop.target, loop.iterable, each) or (each,)
            )
    return found if len(found) <= MAX_RUNS else (place,)


def _holds(loop: s.Loop, call: s.Call) -> bool:
    return any(isinstance(inner, s.Evaluate) and inner.value is call for inner in statements(loop.body))


def _knowing(place: Place, given: Sequence[tuple[str, Bound]]) -> Place:
    for name, bound in given:
        place = place.knowing(name, bound)
    return place


def _single(expressions: Expressions, iterable: s.Expression, place: Place) -> Iterable[Value]:
    resolver = expressions.resolver
    return dict.fromkeys(
        element
        for value in expressions.values(iterable, place)
        for element in resolver.elements(value)
        if isinstance(element, InstanceValue | ModuleValue | ClassValue | ConstantValue)
    )


def _rows(expressions: Expressions, value: Value) -> Iterator[SequenceValue]:
    """The tuples in a list of tuples."""
    if isinstance(value, SequenceValue):
        for element in value.node.elements:
            if isinstance(element, s.Sequence):
                yield SequenceValue(element, value.frame)
            else:
                found = expressions.resolver.evaluate(element, value.frame)
                yield from (row for row in found if isinstance(row, SequenceValue))


def verdict(expressions: Expressions, tests: tuple[s.Expression, ...], place: Place) -> bool | None:
    """Whether ``hasattr(element, "name")`` or ``find_spec("module")`` holds in this iteration; None if unknown."""
    if not place.names or len(tests) != 1 or not isinstance(tests[0], s.Call) or not tests[0].arguments:
        return None
    call = tests[0]
    match (spelling.dotted(call.function) or "").rpartition(".")[2]:
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
        for turn in turns(expressions, loop.target, loop.iterable, place):
            known = _after(loop.body, turn)
            if owner in expressions.values(store.owner, known):
                return expressions.values(store.binding.expression, known)
    return ()


def _after(body: Sequence[s.Statement], place: Place) -> Place:
    """The place after a loop's body, with the names it binds."""
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
