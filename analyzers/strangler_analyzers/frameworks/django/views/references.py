"""Finds the view for the second argument of ``path()``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.frameworks.django.evaluation.places import Item, Place, entered
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MappingValue,
    MethodValue,
    SuperValue,
    Value,
)
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import results

MAX_DEPTH = 12
"""The deepest nesting of wrappers."""

_METHOD_LISTS = {
    "require_http_methods": None,
    "require_GET": ("GET",),
    "require_POST": ("POST",),
    "require_safe": ("GET",),
}


@dataclass(frozen=True, slots=True)
class ViewReference:
    """A view of the program, with the wrappers around it in the URL declaration."""

    scope: Scope
    """The class of a class-based view, or the function of a function view."""
    actions: tuple[tuple[str, str], ...] = ()
    """For a view set: HTTP methods and the methods of the class that answer them."""
    wrappers: tuple[Scope, ...] = ()
    """Functions of the program that run around the view, outermost first."""
    allowed: tuple[str, ...] | None = None
    """HTTP methods a wrapper lets through."""
    receiver: Scope | None = None
    """The class of a method that serves as a view."""


class ViewReferences:
    """Follows wrapper calls, `as_view`, factories and names to the view of the program behind them."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._resolver = lists.resolver

    def find(self, item: Item, depth: int = 0) -> ViewReference | None:
        """The view that an expression evaluates to; None if it is a library's or unknown."""
        if depth > MAX_DEPTH:
            return None
        match item.expression:
            case s.Call(function=s.Attribute(value=owner, name="as_view")) as call:
                return self._as_view(owner, call, item.place) or self._wrapped(call, item.place, depth)
            case s.Call(function=s.Name(id="getattr"), arguments=(owner, name, *other)):
                return self._named(owner, name, other, item.place, depth)
            case s.Call() as call:
                return self._wrapped(call, item.place, depth)
            case s.Lambda():
                return ViewReference(item.place.frame.scope)
            case s.Constant(value=str() as dotted):
                return self._dotted(dotted)
            case s.Choice(values=values):
                found = (self.find(Item(value, item.place), depth + 1) for value in values)
                return next((view for view in found if view is not None), None)
            case s.Name(id=name) if (
                passed := self._lists.passed(item.place.frame.scope, name, item.place)
            ) is not None:
                return self.find(passed, depth + 1)
            case _:
                return self._of_values(item, depth)

    def _of_values(self, item: Item, depth: int) -> ViewReference | None:
        for value in self._lists.values(item.expression, item.place):
            if (found := self._of_value(value, depth)) is not None:
                return found
        return None

    def _named(
        self, owner: s.Expression, name: s.Expression, other: list[s.Expression], place: Place, depth: int
    ) -> ViewReference | None:
        """``getattr(views, name)``, if the followed call determines the name; otherwise the default."""
        text = self._lists.text(name, place)
        for value in self._lists.values(owner, place) if text is not None else ():
            for found in self._resolver.attribute(value, text or ""):
                if (view := self._of_value(found, depth)) is not None:
                    return view
        return self.find(Item(other[0], place), depth + 1) if other else None

    def _of_value(self, value: Value, depth: int) -> ViewReference | None:
        match value:
            case FunctionValue(scope=scope):
                return ViewReference(scope)
            case MethodValue(scope=scope, receiver=receiver):
                return ViewReference(scope, receiver=receiver)
            case InstanceValue(scope=scope) if self._resolver.member(scope, "__call__", on_class=False):
                return ViewReference(scope)
            case External(site=site) if site is not None:
                return self.find(Item(site.call, Place(site.frame)), depth + 1)
            case _:
                return None

    def _as_view(self, owner: s.Expression, call: s.Call, place: Place) -> ViewReference | None:
        for value in self._lists.values(owner, place):
            scope = value.scope if isinstance(value, ClassValue | InstanceValue) else None
            if isinstance(value, SuperValue):
                scope = value.receiver
            if scope is not None and not self._is_plain(scope):
                return ViewReference(scope, self._actions(call, place))
        return None

    def _is_plain(self, scope: Scope) -> bool:
        """Whether a class inherits nothing from outside the program, so that its ``as_view`` is an ordinary method."""
        return not any(
            isinstance(ancestor, str) and ancestor != "builtins.object" for ancestor in self._resolver.order(scope)
        )

    def _actions(self, call: s.Call, place: Place) -> tuple[tuple[str, str], ...]:
        mapping = call.argument(0, "actions")
        if mapping is None:
            return ()
        for value in self._lists.values(mapping, place):
            if isinstance(value, MappingValue):
                return tuple(self._pairs(value))
        return ()

    def _pairs(self, mapping: MappingValue) -> Iterator[tuple[str, str]]:
        place = Place(mapping.frame)
        for key, value in zip(mapping.node.keys, mapping.node.values, strict=True):
            verb, action = self._lists.text(key, place), self._lists.text(value, place)
            if verb is not None and action is not None:
                yield verb.lower(), action

    # --- wrappers

    def _wrapped(self, call: s.Call, place: Place, depth: int) -> ViewReference | None:
        """``wrapper(view)``, ``wrapper(options)(view)``, a factory that makes a view, or a callable object."""
        callees = self._lists.values(call.function, place)
        for argument in (*call.arguments, *(k.value for k in call.keywords if k.name in {"view", "view_func"})):
            if not self._may_be_view(argument, place):
                continue
            inner = self.find(Item(argument, place), depth + 1)
            if inner is not None:
                return self._around(inner, call, callees, place)
            if self._is_foreign(argument, place):
                return None
        for callee in callees:
            if isinstance(callee, ClassValue) and self._resolver.member(callee.scope, "__call__", on_class=False):
                return ViewReference(callee.scope)
            inside = entered(callee, call, place)
            if inside is None or not isinstance(inside.frame.scope.node, s.Function):
                continue
            for result in results(inside.frame.scope.node):
                if (made := self.find(Item(result, inside), depth + 1)) is not None:
                    return made
        return None

    def _may_be_view(self, argument: s.Expression, place: Place) -> bool:
        """Whether an argument of a wrapper can be the view: strings are templates and permissions there."""
        if isinstance(argument, s.Constant | s.Mapping | s.Sequence | s.Lambda | s.Format):
            return False
        if isinstance(argument, s.Call):
            return True
        values = self._lists.values(argument, place)
        return any(isinstance(value, FunctionValue | MethodValue | External | InstanceValue) for value in values)

    def _is_foreign(self, argument: s.Expression, place: Place) -> bool:
        """Whether an argument is a view of a library: the wrapper around it is not the view."""
        if isinstance(argument, s.Call):
            return isinstance(argument.function, s.Attribute) and argument.function.name == "as_view"
        values = self._lists.values(argument, place)
        return any(isinstance(value, External) and ".views." in value.path for value in values)

    def _around(self, view: ViewReference, call: s.Call, callees: tuple[Value, ...], place: Place) -> ViewReference:
        wrappers = [*self.wrappers(callees), *view.wrappers]
        allowed = allowed_methods(self._lists, call.function, place)
        if allowed is not None and view.allowed is not None:
            allowed = tuple(method for method in allowed if method in view.allowed)
        return replace(
            view, wrappers=tuple(dict.fromkeys(wrappers)), allowed=view.allowed if allowed is None else allowed
        )

    def wrappers(self, decorators: tuple[Value, ...]) -> Iterator[Scope]:
        """The functions of the program that run when a decorated view is called."""
        for decorator in self._unadapted(decorators):
            match decorator:
                case FunctionValue(scope=scope, receiver=receiver) | MethodValue(scope=scope, receiver=receiver):
                    for made in self._resolver.returned(Frame(scope, receiver)):
                        if isinstance(made, FunctionValue) and made.scope is not scope:
                            yield made.scope
                        elif isinstance(made, External):
                            yield from self._given(made)
                case External():
                    yield from self._given(decorator)
                case _:
                    pass

    def _unadapted(self, decorators: tuple[Value, ...]) -> Iterator[Value]:
        """Decorators of functions in the place of what `django.utils.decorators.method_decorator` makes of them.

        Each once: after ``require_POST = method_decorator(require_POST)`` a name may stand for what it was made from.
        """
        pending = list(dict.fromkeys(decorators))
        seen: set[Value] = set()
        for decorator in pending:  # grows while it is read
            if decorator in seen:
                continue
            seen.add(decorator)
            match decorator:
                case External(path=path, site=site) if path.endswith("method_decorator()") and site is not None:
                    for argument in site.call.arguments[:1]:
                        pending.extend(self._resolver.evaluate(argument, site.frame))
                case _:
                    yield decorator

    def _given(self, decorator: External) -> Iterator[Scope]:
        """Functions passed to a library's decorator: ``user_passes_test(is_member)``."""
        if decorator.site is None:
            return
        for argument in decorator.site.call.arguments:
            for value in self._resolver.evaluate(argument, decorator.site.frame):
                if isinstance(value, FunctionValue):
                    yield value.scope

    def _dotted(self, path: str) -> ViewReference | None:
        module, _, name = path.rpartition(".")
        for value in self._resolver.module_member(module, name) if module else ():
            if isinstance(value, FunctionValue):
                return ViewReference(value.scope)
        return None


def allowed_methods(lists: Lists, decorator: s.Expression, place: Place) -> tuple[str, ...] | None:
    """The HTTP methods a decorator lets through; None when it does not say.

    Knows `django.views.decorators.http` and `rest_framework.decorators.api_view`.
    """
    target = decorator.function if isinstance(decorator, s.Call) else decorator
    for value in lists.values(target, place):
        if not isinstance(value, External):
            continue
        package, name = value.path.partition(".")[0], value.path.rpartition(".")[2]
        if package == "django" and name in _METHOD_LISTS and _METHOD_LISTS[name] is not None:
            return _METHOD_LISTS[name]
        listed = (package, name) in {("django", "require_http_methods"), ("rest_framework", "api_view")}
        if listed and isinstance(decorator, s.Call):
            methods = _listed(lists, decorator.argument(0, "http_method_names"), place)
            return methods or (("GET",) if name == "api_view" else None)
        if name == "api_view" and package == "rest_framework":
            return ("GET",)
    return None


def _listed(lists: Lists, expression: s.Expression | None, place: Place) -> tuple[str, ...]:
    if expression is None:
        return ()
    found = [lists.text(item.expression, item.place) for item in lists.items(expression, place)]
    return tuple(text.upper() for text in found if text is not None)
