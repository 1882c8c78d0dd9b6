"""Evaluates expressions of settings and URL confs to values and strings.

One text for one place: a list of URL patterns is followed in the order it is built, through the loops and functions
that build it, and a name stands for what this turn or this call gives it. That, the defaults of settings from the
environment and translated texts are what `linker.texts` knows nothing of.
"""

from __future__ import annotations

from urllib.parse import urljoin

from strangler_analyzers.frameworks.django.evaluation.places import MAX_STEPS, Elements, Item, Known, Place, assigned
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Argument, Scope
from strangler_analyzers.linker.strings import METHODS, interpolated
from strangler_analyzers.linker.values import (
    NOTHING,
    ConstantValue,
    External,
    Frame,
    ModuleValue,
    ParameterValue,
    SumValue,
    Value,
    Values,
)
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_TRANSLATION = "django.utils.translation."
_CONFIGURATIONS = "configurations.values."
"""The value classes of django-configurations, whose first argument is the default."""
_IMPORTS = frozenset({"importlib.import_module", "django.utils.module_loading.import_module"})
_OWN_DEFAULTS = {"LOGIN_URL": "/accounts/login/", "LOGIN_REDIRECT_URL": "/accounts/profile/"}
"""The defaults in `django.conf.global_settings` that are paths."""
_DEFAULT_POSITION = {"getattr": 2, "get": 1, "getenv": 1, "env": 1, "config": 1, "str": 1}
"""The position of the default in calls that read the environment."""


class Expressions:
    """Evaluates expressions at their places."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._following: set[s.Expression] = set()

    def values(self, expression: s.Expression, place: Place) -> Values:
        """The values of an expression; parameters have the arguments of the followed call."""
        if (place.names or place.call is not None) and (found := self._in_loop(expression, place)) is not None:
            return found
        return self.resolver.union(
            self._actual(value, place) for value in self.resolver.evaluate(expression, place.frame)
        )

    def _in_loop(self, expression: s.Expression, place: Place) -> Values | None:
        """The values of an expression in this iteration or call, if it depends on a loop name or an argument."""
        match expression:
            case s.Name(id=name) if (bound := place.known(name)) is not None:
                match bound:
                    case Known(values=values):
                        return values
                    case Item(expression=inner, place=outer):
                        return self.values(inner, outer)
                    case Elements():
                        return NOTHING
            case s.Name(id=name) if (passed := self._only_passed(name, place)) is not None:
                return self.values(passed.expression, passed.place) or None
            case s.Attribute(value=owner, name=name) if (owners := self._in_loop(owner, place)) is not None:
                return self.resolver.union(self._attribute_in_loop(value, name) for value in owners)
            case s.Call(function=s.Name(id="getattr"), arguments=(owner, named, *_)):
                attribute = self.text(named, place)
                found = self.values(owner, place) if attribute is not None else NOTHING
                return self.resolver.union(self.resolver.attribute(value, attribute or "") for value in found) or None
            case s.Call(function=function, arguments=(module, *_)):
                callees = self.resolver.evaluate(function, place.frame)
                if any(isinstance(callee, External) and callee.path in _IMPORTS for callee in callees):
                    path = self.text(module, place)
                    return (ModuleValue(path),) if path is not None and self.resolver.program.is_module(path) else None
                return None
            case _:
                return None

    def _attribute_in_loop(self, owner: Value, name: str) -> Values:
        """An attribute of a value derived from a loop's element."""
        return self.resolver.attribute(owner, name)

    def _actual(self, value: Value, place: Place) -> Values:
        if not isinstance(value, ParameterValue):
            return (value,)
        passed = self.passed(value.scope, value.name, place)
        return () if passed is None else self.values(passed.expression, passed.place)

    def passed(self, scope: Scope, parameter: str, place: Place) -> Item | None:
        """The argument that the call followed into `scope` passes for a parameter, or the parameter's default."""
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
        """The string value of an expression, or None; an unknown part becomes `unknown`, with its name for ``{}``."""
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
            case s.Call(function=s.Attribute(value=owner, name=("strip" | "lstrip" | "rstrip") as method)):
                text = self.text(owner, place, unknown)
                return None if text is None else METHODS[method](text, self.text(expression.argument(0), place))
            case s.Call(function=s.Attribute(value=owner, name="format")):
                return self._formatted(owner, expression, place, unknown)
            case s.Call(function=function, arguments=(base, rest)) if spelling.last_name(function) == "urljoin":
                base_text, rest_text = self.text(base, place, unknown), self.text(rest, place, unknown)
                return None if base_text is None or rest_text is None else urljoin(base_text, rest_text)
            case s.Call() if (wrapped := self._wrapped_text(expression, place)) is not None:
                return self.text(wrapped, place, unknown)
            case s.Name(id=name) if isinstance(bound := place.known(name), Item):
                return self.text(bound.expression, bound.place, unknown)
            case s.Name(id=name) if (passed := self._only_passed(name, place)) is not None:
                given = self.text(passed.expression, passed.place)
                return self._known_text(expression, place, unknown) if given is None else given
            case _:
                return self._known_text(expression, place, unknown)

    def _only_passed(self, name: str, place: Place) -> Item | None:
        """The argument of the followed call for a parameter that the function does not rebind."""
        bindings = place.frame.scope.bindings.get(name, ())
        if place.known(name) is not None or not all(isinstance(binding, Argument) for binding in bindings):
            return None
        return self.passed(place.frame.scope, name, place)

    def _known_text(self, expression: s.Expression, place: Place, unknown: str | None) -> str | None:
        found: list[str] = []
        if expression not in self._following and len(self._following) < MAX_STEPS:
            self._following.add(expression)
            try:
                found = self._value_texts(expression, place, unknown) or self._assigned_texts(expression, place)
            finally:
                self._following.discard(expression)
        if found:
            return found[0]  # The others are conditional changes.
        if (default := self._own_default(expression, place)) is not None:
            return default
        return None if unknown is None else unknown.format(_label(expression))

    def _own_default(self, expression: s.Expression, place: Place) -> str | None:
        """Django's default of a setting that the project does not set."""
        if isinstance(expression, s.Attribute) and expression.name in _OWN_DEFAULTS:
            for value in self.values(expression.value, place):
                if isinstance(value, External) and value.path == "django.conf.settings":
                    return _OWN_DEFAULTS[expression.name]
        return None

    def _value_texts(self, expression: s.Expression, place: Place, unknown: str | None) -> list[str]:
        found: list[str] = []
        for value in self.values(expression, place):
            if isinstance(value, ConstantValue) and isinstance(value.value, str):
                found.append(value.value)
            elif isinstance(value, SumValue):
                inner = Place(value.frame)
                text = _joined([self.text(value.left, inner, unknown), self.text(value.right, inner, unknown)])
                found.extend([] if text is None else [text])
        return found

    def _assigned_texts(self, expression: s.Expression, place: Place) -> list[str]:
        """The strings of a variable's assigned expressions, if its values are not known otherwise."""
        items = assigned(self.resolver, expression, place.frame)
        texts = [self.text(item.expression, item.place) for item in items]
        return [text for text in texts if text is not None]

    def _percent(self, left: s.Expression, right: s.Expression, place: Place, unknown: str | None) -> str | None:
        template = self.text(left, place, unknown)
        parts = right.elements if isinstance(right, s.Sequence) else (right,)
        inserted = [text for part in parts if (text := self.text(part, place, unknown)) is not None]
        return None if template is None or len(inserted) < len(parts) else interpolated(template, inserted)

    def _formatted(self, template: s.Expression, call: s.Call, place: Place, unknown: str | None) -> str | None:
        """``template.format(...)``, if everything inserted is known."""
        text = self.text(template, place, unknown)
        inserted = [self.text(part, place, unknown) for part in call.arguments]
        named = {keyword.name: self.text(keyword.value, place, unknown) for keyword in call.keywords}
        known = {name: value for name, value in named.items() if name is not None and value is not None}
        given = [part for part in inserted if part is not None]
        if text is None or len(given) < len(inserted) or len(known) < len(named):
            return None if unknown is None else unknown.format("part")
        try:
            return text.format(*given, **known)
        except (IndexError, KeyError, ValueError, AttributeError):
            return None

    def _wrapped_text(self, call: s.Call, place: Place) -> s.Expression | None:
        """The source of a translated string, and the default of a setting from the environment."""
        callees = self.resolver.evaluate(call.function, place.frame)
        paths = [value.path for value in callees if isinstance(value, External)]
        if any(path.startswith(_TRANSLATION) for path in paths) and call.arguments:
            return call.arguments[-1] if any("pgettext" in path for path in paths) else call.arguments[0]
        if (default := call.keyword("default")) is not None:
            return default
        if any(path.startswith(_CONFIGURATIONS) for path in paths):
            return call.argument(0)
        name = (spelling.dotted(call.function) or "").rpartition(".")[2]
        position = _DEFAULT_POSITION.get(name, 1 if "env" in name else None)
        known = self.resolver.evaluate(call, place.frame)
        if position is None or any(isinstance(value, ConstantValue) for value in known):
            return None
        return call.arguments[position] if position < len(call.arguments) else None


def _joined(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return "".join(known) if len(known) == len(parts) else None


def _label(expression: s.Expression) -> str:
    """A name for a part of a path that is known only at run time."""
    match expression:
        case s.Name(id=name) | s.Attribute(name=name):
            return name.lower()
        case s.Call(function=function):
            return _label(function)
        case _:
            return "part"
