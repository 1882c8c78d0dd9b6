"""The parts of a view (forms, serializers, permissions) and their methods that a library runs."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.frameworks.methods import nearest_methods
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, InstanceValue, MethodValue, Value, Values

_ATTRIBUTES = {
    "form": ("form_class", "get_form_class"),
    "serializer": ("serializer_class", "get_serializer_class"),
    "permission": ("permission_classes", "get_permissions"),
    "authenticator": ("authentication_classes", "get_authenticators"),
    "throttle": ("throttle_classes", "get_throttles"),
    "filter": ("filter_backends", ""),
    "paginator": ("pagination_class", ""),
}
"""How a view names each part: by a class attribute, or a method that returns it."""

_FORM_BASES = ("forms.Form", "forms.ModelForm", "forms.BaseForm", "forms.BaseModelForm", "forms.forms.Form")
_STEPS = {
    "is_valid": ("full_clean", "clean", "_post_clean", "run_validation", "to_internal_value", "validate"),
    "save": ("save", "create", "update", "_save_m2m"),
    "create": ("save", "create"),
    "update": ("save", "update"),
    "data": ("to_representation",),
}
"""The methods that a form or a serializer runs when one of its own methods is called."""
_PREFIXES = {"is_valid": ("clean_", "validate_"), "data": ("get_",)}
"""The prefixes of methods for single fields, which are called by name."""


class PartHooks:
    """The parts of one view class."""

    def __init__(self, resolver: Resolver, view: Scope, context_processors: tuple[Scope, ...] = ()) -> None:
        self._resolver = resolver
        self._view = view
        self._context_processors = context_processors

    def run(self, part: str, method: str) -> tuple[Scope, ...]:
        """The functions of the program that run when a library calls a method of one of the view's parts."""
        if part == "processor":
            return self._context_processors
        return tuple(function for scope in self.classes(part) for function in own_steps(self._resolver, scope, method))

    def classes(self, part: str) -> tuple[Scope, ...]:
        """The classes of the program that serve as a part."""
        attribute, getter = _ATTRIBUTES[part]
        values = self._declared(attribute)
        for value in self._resolver.member(self._view, getter, on_class=False) if getter else ():
            if isinstance(value, MethodValue):
                values = (*values, *self._resolver.returned(Frame(value.scope, value.receiver)))
        found: dict[Scope, None] = {}
        for value in values:
            found.update(dict.fromkeys(_classes(self._resolver, value)))
        return tuple(found)

    def _declared(self, attribute: str) -> Values:
        for ancestor in self._resolver.order(self._view):
            if isinstance(ancestor, Scope) and attribute in ancestor.bindings:
                return self._resolver.member(self._view, attribute, on_class=True)
        return ()


def _classes(resolver: Resolver, value: Value) -> Iterator[Scope]:
    if isinstance(value, ClassValue | InstanceValue):
        yield value.scope
    elif not isinstance(value, External):
        for element in resolver.elements(value):
            if isinstance(element, ClassValue | InstanceValue):
                yield element.scope


def own_steps(resolver: Resolver, scope: Scope, method: str) -> Iterator[Scope]:
    """The functions of the program that run inside a form or serializer when `method` is called, in order."""
    names = list(_STEPS.get(method, (method,)))
    for prefix in _PREFIXES.get(method, ()):
        for ancestor in reversed(resolver.order(scope)):
            if isinstance(ancestor, Scope):
                names.extend(name for name in ancestor.bindings if name.startswith(prefix) and name not in names)
    for name in names:
        if (function := next(nearest_methods(resolver, scope, name), None)) is not None:
            yield function


def is_form(resolver: Resolver, scope: Scope) -> bool:
    """Whether a class is a form or a serializer, whose methods call each other by their names."""
    return any(
        isinstance(ancestor, str)
        and (ancestor.endswith(_FORM_BASES) or "serializers." in ancestor or ".forms." in ancestor)
        for ancestor in resolver.order(scope)
    )
