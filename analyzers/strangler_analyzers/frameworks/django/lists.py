"""What a list holds: settings and URL patterns are lists that several statements and modules build up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler_analyzers import syntax as s
from strangler_analyzers.frameworks.django.syntax_search import nodes, results, statements
from strangler_analyzers.program import Argument, Assigned, ImportedName, Scope
from strangler_analyzers.resolver import Resolver
from strangler_analyzers.values import (
    ConstantValue,
    Container,
    External,
    Frame,
    FunctionValue,
    MethodValue,
    ModuleValue,
    ParameterValue,
    SequenceValue,
    SumValue,
    Value,
    Values,
)

MAX_DEPTH = 60
"""Lists that hold lists through more steps than this are cut."""

_COPIES = frozenset(f"builtins.{name}" for name in ("list", "tuple", "set", "sorted", "reversed", "filter"))
_TRANSLATION = "django.utils.translation."
_DEFAULT_POSITION = {"getattr": 2, "get": 1, "getenv": 1, "env": 1, "config": 1, "str": 1}
"""Where calls that ask the environment take what holds when it is silent."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: its frame and, inside a function that was followed into, the call and the place of that call."""

    frame: Frame
    call: s.Call | None = None
    bound: bool = False
    outer: Place | None = None

    @property
    def depth(self) -> int:
        return 0 if self.outer is None else self.outer.depth + 1


@dataclass(frozen=True, slots=True)
class Item:
    """An expression and where it stands."""

    expression: s.Expression
    place: Place


class Lists:
    """Follows lists through names, modules, functions and the statements that change them."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._building: dict[tuple[Scope, str, Place], list[Item]] = {}
        self._depth = 0

    # --- values

    def values(self, expression: s.Expression, place: Place) -> Values:
        """What an expression may be; parameters are what the followed call passes for them."""
        return self.resolver.union(
            self._actual(value, place) for value in self.resolver.evaluate(expression, place.frame)
        )

    def _actual(self, value: Value, place: Place) -> Values:
        if not isinstance(value, ParameterValue):
            return (value,)
        passed = self.passed(value.scope, value.name, place)
        return () if passed is None else self.values(passed.expression, passed.place)

    def passed(self, scope: Scope, parameter: str, place: Place) -> Item | None:
        """What the call that was followed into `scope` passes for a parameter, or the parameter's default."""
        if place.frame.scope is not scope or place.call is None or place.outer is None:
            return None
        actual = self.resolver.actual(scope, parameter, place.call, bound=place.bound)
        if actual is not None:
            return Item(actual, place.outer)
        for binding in scope.bindings.get(parameter, ()):
            if isinstance(binding, Argument) and binding.parameter.default is not None:
                return Item(binding.parameter.default, Place(Frame(scope.parent or scope)))
        return None

    def text(self, expression: s.Expression | None, place: Place, unknown: str | None = None) -> str | None:
        """The text an expression stands for, or None; a part nobody knows becomes `unknown` with its name for ``{}``."""
        match expression:
            case None:
                return None
            case s.Constant(value=value):
                return value if isinstance(value, str) else None
            case s.Operation(operator="+", left=left, right=right):
                return _joined([self.text(left, place, unknown), self.text(right, place, unknown)])
            case s.Operation(operator="%", left=left, right=right):
                return self._percent(left, right, place, unknown)
            case s.Format(parts=parts):
                return _joined([self.text(part, place, unknown) for part in parts])
            case s.Call() if (wrapped := self._wrapped_text(expression, place)) is not None:
                return self.text(wrapped, place, unknown)
            case _:
                return self._known_text(expression, place, unknown)

    def _known_text(self, expression: s.Expression, place: Place, unknown: str | None) -> str | None:
        found: list[str] = []
        for value in self.values(expression, place):
            if isinstance(value, ConstantValue) and isinstance(value.value, str):
                found.append(value.value)
            elif isinstance(value, SumValue):
                inner = Place(value.frame)
                text = _joined([self.text(value.left, inner, unknown), self.text(value.right, inner, unknown)])
                found.extend([] if text is None else [text])
        if len(found) == 1:
            return found[0]
        return None if unknown is None else unknown.format(_label(expression))

    def _percent(self, left: s.Expression, right: s.Expression, place: Place, unknown: str | None) -> str | None:
        text = self.text(left, place, unknown)
        parts = right.elements if isinstance(right, s.Sequence) else (right,)
        for part in parts:
            inserted = self.text(part, place, unknown)
            if text is None or inserted is None:
                return None
            text = text.replace("%s", inserted, 1)
        return text

    def _wrapped_text(self, call: s.Call, place: Place) -> s.Expression | None:
        """What a translated text says, and what a setting from the environment is by default."""
        callees = self.resolver.evaluate(call.function, place.frame)
        paths = [value.path for value in callees if isinstance(value, External)]
        if any(path.startswith(_TRANSLATION) for path in paths) and call.arguments:
            return call.arguments[-1] if any("pgettext" in path for path in paths) else call.arguments[0]
        if (default := call.keyword("default")) is not None:
            return default
        name = (s.dotted(call.function) or "").rpartition(".")[2]
        position = _DEFAULT_POSITION.get(name)
        known = self.resolver.evaluate(call, place.frame)
        if position is None or any(isinstance(value, ConstantValue) for value in known):
            return None
        return call.arguments[position] if position < len(call.arguments) else None

    # --- elements

    def items(self, expression: s.Expression, place: Place) -> Iterator[Item]:
        """The elements of a list, in order, each where it stands."""
        if self._depth >= MAX_DEPTH or place.depth >= MAX_DEPTH:
            return
        self._depth += 1
        try:
            yield from list(self._items(expression, place))
        finally:
            self._depth -= 1

    def _items(self, expression: s.Expression, place: Place) -> Iterator[Item]:
        match expression:
            case s.Sequence(elements=elements):
                for element in elements:
                    if isinstance(element, s.Star):
                        yield from self.items(element.value, place)
                    else:
                        yield Item(element, place)
            case s.Operation(operator="+", left=left, right=right):
                yield from self.items(left, place)
                yield from self.items(right, place)
            case s.Choice(values=values):
                for value in values:
                    yield from self.items(value, place)
            case s.Comprehension(element=element):
                yield Item(element, place)
            case s.Walrus(value=value) | s.Await(value=value):
                yield from self.items(value, place)
            case s.Call():
                yield from self._called(expression, place)
            case s.Name(id=name):
                yield from self._named(name, place)
            case s.Attribute(value=owner, name=name):
                yield from self._attribute(expression, owner, name, place)
            case _:
                yield from self._valued(expression, place)

    def _valued(self, expression: s.Expression, place: Place) -> Iterator[Item]:
        for value in self.values(expression, place):
            if isinstance(value, External) and value.path.endswith(".urls"):
                yield Item(expression, place)  # What a library makes of a router or a site counts as one element.
            else:
                yield from self.of_value(value)

    def of_value(self, value: Value) -> Iterator[Item]:
        """The elements of a list that is a value already."""
        match value:
            case SequenceValue(node=node, frame=frame):
                yield from self.items(node, Place(frame))
            case SumValue(left=left, right=right, frame=frame):
                yield from self.items(left, Place(frame))
                yield from self.items(right, Place(frame))
            case Container(values=values):
                for inner in values:
                    if isinstance(inner, External) and inner.site is not None:
                        yield Item(inner.site.call, Place(inner.site.frame))
            case _:
                pass

    def _called(self, call: s.Call, place: Place) -> Iterator[Item]:
        followed = False
        for callee in self.values(call.function, place):
            inner = entered(callee, call, place)
            if inner is not None and isinstance(inner.frame.scope.node, s.Function):
                followed = True
                for result in results(inner.frame.scope.node):
                    yield from self.items(result, inner)
            elif isinstance(callee, External):
                followed = True
                yield from self._outside(callee.path, call, place)
        if not followed:
            yield from self._valued(call, place)

    def _outside(self, path: str, call: s.Call, place: Place) -> Iterator[Item]:
        """A function outside that is given lists hands their elements on; one that takes the elements themselves, those."""
        if path.endswith(".get_urls") and isinstance(call.function, s.Attribute):
            yield Item(call.function, place)
        elif path.endswith(".i18n_patterns"):
            yield from self.items(s.Sequence(call.arguments), place)
        elif path in _COPIES or path.endswith((".chain", ".format_suffix_patterns")):
            for argument in call.arguments:
                yield from self.items(argument, place)
        elif not path.startswith(("builtins.", "django.")):
            for argument in call.arguments:
                if isinstance(argument, s.Sequence | s.Name | s.Operation | s.Star):
                    yield from self.items(argument.value if isinstance(argument, s.Star) else argument, place)

    def _attribute(self, expression: s.Expression, owner: s.Expression, name: str, place: Place) -> Iterator[Item]:
        modules = [value.name for value in self.values(owner, place) if isinstance(value, ModuleValue)]
        if not modules:
            yield from self._valued(expression, place)
        for module in modules:
            yield from self.of_module(module, name)

    def _named(self, name: str, place: Place) -> Iterator[Item]:
        scope: Scope | None = place.frame.scope
        while scope is not None and name not in scope.bindings:
            scope = scope.parent
        if scope is None:
            unit = place.frame.scope.module
            for star in unit.scope.stars:
                yield from self.of_module(star, name)
            return
        if scope is not place.frame.scope:
            yield from self.of_variable(scope, name, Place(Frame(scope)))
        elif any(isinstance(binding, Argument) for binding in scope.bindings[name]):
            passed = self.passed(scope, name, place)
            if passed is not None:
                yield from self.items(passed.expression, passed.place)
            yield from self.of_variable(scope, name, place)
        else:
            yield from self.of_variable(scope, name, place)

    def of_module(self, module: str, name: str) -> Iterator[Item]:
        """The elements of a list that is a module's variable, imported into it or not."""
        unit = self.resolver.program.units.get(module)
        if unit is None:
            return
        if name in unit.scope.bindings:
            yield from self.of_variable(unit.scope, name, Place(Frame(unit.scope)))
        else:
            for star in unit.scope.stars:
                yield from self.of_module(star, name)

    def of_variable(self, scope: Scope, name: str, place: Place) -> Iterator[Item]:
        """The elements of a list after all statements of its scope ran; what depends on a condition counts."""
        key = (scope, name, place)
        if key in self._building:
            yield from list(self._building[key])
            return
        held = self._building[key] = []
        try:
            for statement, conditional in statements(scope.node.body):
                self._change(statement, name, place, held, conditional=conditional)
        finally:
            del self._building[key]
        yield from held

    def _change(self, statement: s.Statement, name: str, place: Place, held: list[Item], *, conditional: bool) -> None:
        match statement:
            case s.Assign(targets=targets, value=value) if value is not None and _is_target(targets, name):
                found = list(self.items(value, place))
                if not conditional or _mentions(value, name):
                    held.clear()
                held.extend(found)
            case s.Augment(target=s.Name(id=target), value=value) if target == name:
                held.extend(list(self.items(value, place)))
            case s.Evaluate(value=s.Call(function=s.Attribute(value=s.Name(id=owner), name=method)) as call) if (
                owner == name
            ):
                self._mutate(method, call, place, held)
            case s.ImportFrom():
                self._import(statement, name, place, held)
            case _:
                pass

    def _mutate(self, method: str, call: s.Call, place: Place, held: list[Item]) -> None:
        match method, call.arguments:
            case "append" | "add", (element,):
                held.append(Item(element, place))
            case "insert", (s.Constant(value=0), element):
                held.insert(0, Item(element, place))
            case "insert", (_, element):
                held.append(Item(element, place))
            case "extend" | "update", (elements,):
                held.extend(list(self.items(elements, place)))
            case _:
                pass

    def _import(self, statement: s.ImportFrom, name: str, place: Place, held: list[Item]) -> None:
        unit = place.frame.scope.module
        module = unit.absolute(statement.module, statement.level)
        for alias in statement.names:
            if alias.name == "*":
                imported = list(self.of_module(module, name))
            elif (alias.alias or alias.name) == name:
                imported = list(self.of_module(module, alias.name))
            else:
                continue
            if imported:
                held.clear()
                held.extend(imported)


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
    """The variable a name or ``module.name`` means, found through imports: its scope and its name there."""
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
            return None
        case _:
            return None


def assigned(resolver: Resolver, expression: s.Expression, frame: Frame) -> Iterator[Item]:
    """The expressions a variable was given, each where it stands."""
    found = variable(resolver, expression, frame)
    if found is not None:
        scope, name = found
        for binding in scope.bindings[name]:
            if isinstance(binding, Assigned) and not binding.path:
                yield Item(binding.expression, Place(Frame(scope)))


def _imported(resolver: Resolver, scope: Scope, name: str, depth: int = 0) -> tuple[Scope, str] | None:
    for binding in scope.bindings.get(name, ()):
        if isinstance(binding, ImportedName) and depth < MAX_DEPTH:
            unit = resolver.program.units.get(binding.module)
            return None if unit is None else _imported(resolver, unit.scope, binding.name, depth + 1)
    if name in scope.bindings:
        return scope, name
    for star in scope.stars:
        unit = resolver.program.units.get(star)
        if unit is not None and depth < MAX_DEPTH and (found := _imported(resolver, unit.scope, name, depth + 1)):
            return found
    return None


def _is_target(targets: tuple[s.Expression, ...], name: str) -> bool:
    return any(isinstance(target, s.Name) and target.id == name for target in targets)


def _mentions(expression: s.Expression, name: str) -> bool:
    return any(isinstance(node, s.Name) and node.id == name for node in nodes(expression))


def _joined(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return "".join(known) if len(known) == len(parts) else None


def _label(expression: s.Expression) -> str:
    """A name for a part of a path that only runs decide."""
    match expression:
        case s.Name(id=name) | s.Attribute(name=name):
            return name.lower()
        case s.Call(function=function):
            return _label(function)
        case _:
            return "part"
