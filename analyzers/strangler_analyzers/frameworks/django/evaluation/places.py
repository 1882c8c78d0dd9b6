"""Expressions with their places, so that they can be followed across functions and modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, ImportedName, Scope
from strangler_analyzers.linker.values import ClassValue, Frame, FunctionValue, MethodValue, ModuleValue, Value, Values
from strangler_analyzers.source import syntax as s

MAX_STEPS = 60
"""The longest chain of imports of a name that is followed."""


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an expression: its scope and the calls and loops followed to it.

    Inside a function that was followed into, `call` is the call that led there and `outer` the place of that call;
    inside a loop that is run element by element, `names` says what the loop's names stand for this time.
    """

    frame: Frame
    call: s.Call | None = None
    bound: bool = False
    outer: Place | None = None
    names: tuple[tuple[str, Bound], ...] = ()

    @property
    def depth(self) -> int:
        """The calls followed to reach this place."""
        return 0 if self.outer is None else self.outer.depth + 1

    @property
    def nameless(self) -> Place:
        """The same place, and those of the calls that led there, whatever the loops around them have come to.

        What a name stands for holds the place where it was given its value, with the names before it, and so on: to
        compare places with their names takes twice as long for each name more.
        """
        return replace(self, outer=None if self.outer is None else self.outer.nameless, names=())

    def known(self, name: str) -> Bound | None:
        """The value of a loop's name."""
        return next((bound for known, bound in self.names if known == name), None)

    def knowing(self, name: str, bound: Bound) -> Place:
        """The same place with a value for a name."""
        others = tuple((known, value) for known, value in self.names if known != name)
        return replace(self, names=(*others, (name, bound)))


@dataclass(frozen=True, slots=True)
class Item:
    """An expression and its place."""

    expression: s.Expression
    place: Place
    localised: Item | None = None
    """The call of `i18n_patterns` that takes the expression as an argument."""


@dataclass(frozen=True, slots=True)
class Elements:
    """The list that a loop's body has built so far."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """The value of a loop's name, as linker values."""

    values: Values


Bound: TypeAlias = "Item | Elements | Known"


def entered(callee: Value, call: s.Call, place: Place) -> Place | None:
    """The place inside a function of the program that a call leads to."""
    match callee:
        case FunctionValue(scope=scope, receiver=receiver):
            return Place(Frame(scope, receiver), call, bound=False, outer=place)
        case MethodValue(scope=scope, receiver=receiver):
            return Place(Frame(scope, receiver), call, bound=True, outer=place)
        case _:
            return None


def variable(resolver: Resolver, expression: s.Expression, frame: Frame) -> tuple[Scope, str] | None:
    """The variable that a name, ``module.name`` or ``Class.name`` means, through imports: its scope and name."""
    match expression:
        case s.Name(id=name):
            scope: Scope | None = frame.scope
            while scope is not None and name not in scope.bindings:
                scope = scope.parent
            return None if scope is None else _imported(resolver, scope, name)
        case s.Attribute(value=owner, name=name):
            for value in resolver.evaluate(owner, frame):
                if isinstance(value, ModuleValue) and value.name in resolver.program.units:
                    return _imported(resolver, resolver.program.units[value.name].scope, name)
                if isinstance(value, ClassValue):
                    return class_variable(resolver, value.scope, name)
            return None
        case _:
            return None


def class_variable(resolver: Resolver, owner: Scope, name: str) -> tuple[Scope, str] | None:
    """The variable that ``Class.name`` means: that of the class or of the ancestor that has it."""
    for ancestor in resolver.order(owner):
        if isinstance(ancestor, Scope) and name in ancestor.bindings:
            return ancestor, name
    return None


def assigned(resolver: Resolver, expression: s.Expression, frame: Frame) -> Iterator[Item]:
    """The expressions assigned to a variable, each with its place."""
    found = variable(resolver, expression, frame)
    if found is not None:
        scope, name = found
        for binding in scope.bindings[name]:
            if isinstance(binding, Assigned) and not binding.path:
                yield Item(binding.expression, Place(Frame(scope)))


def _imported(resolver: Resolver, scope: Scope, name: str, depth: int = 0) -> tuple[Scope, str] | None:
    for binding in scope.bindings.get(name, ()):
        if isinstance(binding, ImportedName) and depth < MAX_STEPS:
            unit = resolver.program.units.get(binding.module)
            return None if unit is None else _imported(resolver, unit.scope, binding.name, depth + 1)
    if name in scope.bindings:
        return scope, name
    for star in scope.stars:
        unit = resolver.program.units.get(star)
        if unit is not None and depth < MAX_STEPS and (found := _imported(resolver, unit.scope, name, depth + 1)):
            return found
    return None
