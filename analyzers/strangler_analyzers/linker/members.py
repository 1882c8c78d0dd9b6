"""Attributes: of modules, of classes and their instances along the ancestors, of values outside the program."""

from __future__ import annotations

from strangler_analyzers.linker.frames import Frames
from strangler_analyzers.linker.hierarchy import PROPERTY_DECORATORS
from strangler_analyzers.linker.libraries import Libraries
from strangler_analyzers.linker.program import Defined, Scope
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    Container,
    External,
    FunctionValue,
    InstanceValue,
    MappingValue,
    MethodValue,
    ModuleValue,
    Rows,
    RowsMethod,
    SequenceValue,
    SumValue,
    SuperValue,
    Value,
    Values,
    union,
)

_Question = tuple[Scope, str, bool, Scope | None]
"""The class, the name, whether on the class itself, the ancestor to search behind."""


class Members:
    """Finds attributes as Python searches for them."""

    def __init__(self, resolver: Resolver, recursion: Recursion, frames: Frames, libraries: Libraries) -> None:
        self._resolver = resolver
        self._recursion = recursion
        self._frames = frames
        self._libraries = libraries
        self._values: dict[_Question, Values] = {}

    def attribute(self, value: Value, name: str) -> Values:
        """What ``value.name`` may be."""
        for attribute in self._libraries.attribute:
            if (known := attribute(self._resolver, value, name)) is not None:
                return known
        match value:
            case External(path=path, site=site):
                return (External(f"{path}.{name}", site),)
            case InstanceValue(scope=scope):
                return self.member(scope, name, on_class=False)
            case ModuleValue(name=module):
                return self._resolver.module_member(module, name)
            case ClassValue(scope=scope):
                return self.member(scope, name, on_class=True)
            case SuperValue(receiver=receiver, after=after):
                return self.member(receiver, name, on_class=False, after=after)
            case Rows():
                return (RowsMethod(value, name),)
            case ConstantValue(value=constant) if constant is not None:
                return (External(f"builtins.{type(constant).__name__}().{name}"),)
            case SequenceValue() | Container() | SumValue():
                return (External(f"builtins.list().{name}"),)
            case MappingValue():
                return (External(f"builtins.dict().{name}"),)
            case _:
                return NOTHING

    def member(self, scope: Scope, name: str, *, on_class: bool, after: Scope | None = None) -> Values:
        """An attribute of a class or of its instances, searched in its ancestors (behind `after` for ``super()``)."""
        question = (scope, name, on_class, after)
        return self._values.get(question) or self._recursion.once(self._values, question, self._member)

    def _member(self, question: _Question) -> Values:
        scope, name, on_class, after = question
        order = self._resolver.order(scope)
        if after is not None and after in order:
            order = order[order.index(after) + 1 :]
        found: list[Values] = []
        outside: str | None = None
        for ancestor in order:
            if isinstance(ancestor, str):
                outside = outside or ancestor
                continue
            if not on_class:
                for binding, method in ancestor.attributes.get(name, ()):
                    found.append(self._resolver.bound(binding, self._frames.of(method, scope)))
            if name in ancestor.bindings:
                found.append(self._class_level(ancestor, name, scope, on_class=on_class))
                break
        values = union(found)
        if values or found:
            return values
        if outside is not None and outside != "builtins.object":
            return (External(f"{outside}.{name}" if on_class else f"{outside}().{name}"),)
        return self._in_subclasses(scope, name, on_class=on_class) if after is None else NOTHING

    def _in_subclasses(self, scope: Scope, name: str, *, on_class: bool) -> Values:
        """What a mixin finds in the classes it is mixed into."""
        return union(
            self._class_level(child, name, child, on_class=on_class)
            for child in self._resolver.subclasses(scope)
            if name in child.bindings
        )

    def _class_level(self, owner: Scope, name: str, receiver: Scope, *, on_class: bool) -> Values:
        found: list[Values] = []
        for binding in owner.bindings[name]:
            if isinstance(binding, Defined) and binding.scope.is_function:
                found.append(self._method(binding.scope, receiver, on_class=on_class))
            else:
                found.append(self._resolver.bound(binding, self._frames.of(owner)))
        return union(found)

    def _method(self, function: Scope, receiver: Scope, *, on_class: bool) -> Values:
        decorators = set(function.decorator_names())
        if "staticmethod" in decorators:
            return (FunctionValue(function),)
        if "classmethod" in decorators:
            return (MethodValue(function, receiver),)
        if on_class:
            return (FunctionValue(function, receiver),)
        if decorators & PROPERTY_DECORATORS or any(name.endswith("_property") for name in decorators):
            return self._resolver.returned(self._frames.of(function, receiver))
        return (MethodValue(function, receiver),)
