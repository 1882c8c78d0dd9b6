"""The contents of lists such as settings and URL patterns, built by several statements and modules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from strangler_analyzers.frameworks.django.evaluation.expressions import Expressions
from strangler_analyzers.frameworks.django.evaluation.loops import runs, set_in_loop, turns, verdict
from strangler_analyzers.frameworks.django.evaluation.places import Bound, Elements, Item, Known, Place, entered
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Argument, Scope
from strangler_analyzers.linker.values import (
    Container,
    External,
    Frame,
    ModuleValue,
    SequenceValue,
    SumValue,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import mentions, results

MAX_DEPTH = 60
"""The deepest nesting of lists that is followed."""

_COPIES = frozenset(f"builtins.{name}" for name in ("list", "tuple", "set", "sorted", "reversed", "filter"))


class Lists(Expressions):
    """Follows lists through names, modules, functions and the statements that change them."""

    def __init__(self, resolver: Resolver) -> None:
        super().__init__(resolver)
        self._building: dict[tuple[Scope, str, Place], list[Item]] = {}
        self._depth = 0

    def _attribute_in_loop(self, owner: Value, name: str) -> Values:
        return set_in_loop(self, owner, name) or self.resolver.attribute(owner, name)

    # --- elements

    def items(self, expression: s.Expression, place: Place) -> Iterator[Item]:
        """The elements of a list, in order, each with its place."""
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
            case s.Comprehension():
                yield from self._comprehension(expression, place, 0)
            case s.Walrus(value=value) | s.Await(value=value):
                yield from self.items(value, place)
            case s.Call():
                yield from self._called(expression, place)
            case s.Name(id=name):
                yield from self._named(name, place)
            case s.Attribute(value=owner, name=name):
                yield from self._attribute(expression, owner, name, place)
            case s.Subscript(value=s.Attribute(name="urls") as triple, index=s.Constant(value=0)):
                yield from self.items(triple, place)  # ``admin.site.urls`` are its patterns and two names.
            case _:
                yield from self._valued(expression, place)

    def _comprehension(self, node: s.Comprehension, place: Place, depth: int) -> Iterator[Item]:
        """The element once for each known iteration; once in total if none is known."""
        if depth == len(node.generators):
            yield Item(node.element, place)
            return
        generator = node.generators[depth]
        for turn in turns(self, generator.target, generator.iterable, place) or (place,):
            if verdict(self, generator.conditions, turn) is not False:
                yield from self._comprehension(node, turn, depth + 1)

    def _valued(self, expression: s.Expression, place: Place) -> Iterator[Item]:
        for value in self.values(expression, place):
            if isinstance(value, External) and value.path.endswith(".urls"):
                yield Item(expression, place)  # A library's object for a router or a site counts as one element.
            else:
                yield from self.of_value(value)

    def of_value(self, value: Value) -> Iterator[Item]:
        """The elements of an evaluated list."""
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
        """A library function passes on the elements of its list arguments, `i18n_patterns` its arguments themselves."""
        if path.endswith(".get_urls") and isinstance(call.function, s.Attribute):
            yield Item(call.function, place)
        elif path.endswith(".i18n_patterns"):
            for item in self.items(s.Sequence(call.arguments), place):
                yield replace(item, localised=Item(call, place))
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
        bound = place.known(name)
        if bound is not None:
            yield from self._bound(bound)
            return
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

    def _bound(self, bound: Bound) -> Iterator[Item]:
        match bound:
            case Item(expression=expression, place=place):
                yield from self.items(expression, place)
            case Elements(items=items):
                yield from items
            case Known(values=values):
                for value in values:
                    yield from self.of_value(value)

    def of_module(self, module: str, name: str) -> Iterator[Item]:
        """The elements of a list in a module's variable, imported or not."""
        unit = self.resolver.program.units.get(module)
        if unit is None:
            return
        if name in unit.scope.bindings:
            yield from self.of_variable(unit.scope, name, Place(Frame(unit.scope)))
        else:
            for star in unit.scope.stars:
                yield from self.of_module(star, name)

    def of_variable(self, scope: Scope, name: str, place: Place) -> Iterator[Item]:
        """The elements of a list after all statements of its scope have run, including conditional ones."""
        key = (scope, name, place.nameless)
        if key in self._building:
            yield from list(self._building[key])
            return
        held = self._building[key] = []
        try:
            self._block(scope.node.body, name, place, held, conditional=False)
        finally:
            del self._building[key]
        yield from held

    def _block(
        self, body: tuple[s.Statement, ...], name: str, place: Place, held: list[Item], *, conditional: bool
    ) -> Place:
        """The list after a block of statements; its elements know the names bound by a loop's body."""
        for statement in body:
            match statement:
                case s.Loop(body=inner):
                    single = runs(self, statement, name, place)
                    for run in single:
                        self._block(inner, name, run, held, conditional=True)
                    if not single:
                        place = self._block(inner, name, place, held, conditional=True)
                case s.With(body=inner):
                    place = self._block(inner, name, place, held, conditional=conditional)
                case s.Branch(tests=tests, arms=arms):
                    taken = verdict(self, tests, place)
                    for position, arm in enumerate(arms):
                        if taken is None or taken is (position == 0):
                            place = self._block(arm, name, place, held, conditional=True)
                case _:
                    self._change(statement, name, place, held, conditional=conditional)
                    if place.names:
                        place = self._noted(statement, name, place)
        return place

    def _noted(self, statement: s.Statement, name: str, place: Place) -> Place:
        """The place after a statement of a loop's body, with the names that the statement binds."""
        match statement:
            case s.Assign(targets=(s.Name(id=target),), value=value) if value is not None and target != name:
                return place.knowing(target, Item(value, place))
            case s.Augment(target=s.Name(id=target), value=value) if target != name and place.known(target) is not None:
                before = self.items(s.Name(target), place)
                return place.knowing(target, Elements((*before, *self.items(value, place))))
            case s.Evaluate(value=s.Call(function=s.Attribute(value=s.Name(id=target), name=method)) as call) if (
                target != name and place.known(target) is not None
            ):
                changed = list(self.items(s.Name(target), place))
                self._mutate(method, call, place, changed)
                return place.knowing(target, Elements(tuple(changed)))
            case _:
                return place

    def _change(self, statement: s.Statement, name: str, place: Place, held: list[Item], *, conditional: bool) -> None:
        match statement:
            case s.Assign(targets=targets, value=value) if value is not None and _is_target(targets, name):
                self._replace(value, name, place, held, conditional=conditional)
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

    def _replace(self, value: s.Expression, name: str, place: Place, held: list[Item], *, conditional: bool) -> None:
        """``urlpatterns = [...]``; one that includes what the list held before knows that, but for nothing else.

        Below a condition, ``urlpatterns = [path(PREFIX, include(urlpatterns))]`` serves the same URLs below a prefix
        that some deployments set.
        """
        before = tuple(held)
        of_itself = mentions(value, name)
        found = list(self.items(value, place.knowing(name, Elements(before)) if of_itself else place))
        keeps = all(item in found for item in before)
        if conditional and of_itself and not keeps:
            return
        if not conditional or of_itself:
            held.clear()
        held.extend(found)

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


def _is_target(targets: tuple[s.Expression, ...], name: str) -> bool:
    return any(isinstance(target, s.Name) and target.id == name for target in targets)
