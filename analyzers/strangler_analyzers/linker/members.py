"""Attribute lookup on modules, on classes and instances along their ancestors, and on library values."""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern

from strangler_analyzers.linker.frames import Frames
from strangler_analyzers.linker.hierarchy import PROPERTY_DECORATORS
from strangler_analyzers.linker.libraries import Libraries
from strangler_analyzers.linker.recursion import Recursion
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Assigned, Defined, Scope
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    Container,
    External,
    Frame,
    FunctionValue,
    Given,
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
from strangler_analyzers.source import syntax as s

ENUMS = frozenset(f"enum.{name}" for name in ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"))
MAX_FOREIGN = 24
"""An attribute set in more places than this tells nothing about any one class."""

_Question = tuple[Scope, str, bool, Scope | None]
"""The class, the name, whether on the class itself, and the ancestor after which to search."""


class Members:
    """Finds attributes in Python's search order."""

    def __init__(self, resolver: Resolver, recursion: Recursion, frames: Frames, libraries: Libraries) -> None:
        self._resolver = resolver
        self._recursion = recursion
        self._frames = frames
        self._libraries = libraries
        self._values: dict[_Question, Values] = {}

    def attribute(self, value: Value, name: str) -> Values:
        """What ``value.name`` may be."""
        for attribute in self._libraries.attribute[type(value)]:
            if (known := attribute(self._resolver, value, name)) is not None:
                return known
        match value:
            case External(path=path, site=site):
                hung = self._hung_on(path, name) if name in self._resolver.program.foreign else NOTHING
                return hung or (External(intern(f"{path}.{name}"), site),)
            case InstanceValue(scope=scope):
                return (ClassValue(scope),) if name == "__class__" else self.member(scope, name, on_class=False)
            case ModuleValue(name=module):
                return self._resolver.module_member(module, name)
            case ClassValue(scope=scope):
                return self.member(scope, name, on_class=True)
            case SuperValue(receiver=receiver, after=after):
                found = self.member(receiver, name, on_class=False, after=after)
                return found or union(  # What follows a mixin is decided by the classes it is mixed into.
                    self.member(child, name, on_class=False, after=after)
                    for child in self._resolver.subclasses(receiver)
                )
            case Rows():
                return (RowsMethod(value, name),)
            case ConstantValue(value=constant) if constant is not None:
                return (External(f"builtins.{type(constant).__name__}().{name}"),)
            case SequenceValue() | Container() | SumValue():
                return (External(f"builtins.list().{name}"),)
            case MappingValue():
                return (External(f"builtins.dict().{name}"),)
            case FunctionValue(scope=scope) if name in self._resolver.program.foreign:
                return union(self._set_from_outside(name, scope))
            case _:
                return NOTHING

    def member(self, scope: Scope, name: str, *, on_class: bool, after: Scope | None = None) -> Values:
        """An attribute of a class or of its instances, searched along its ancestors (for ``super()`` after `after`)."""
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
        found += self._set_from_outside(name, scope)
        values = union(found)
        if values or found:
            return values
        if not on_class and (made := self._made_up(scope, name)):
            return made
        if outside is not None:
            return (External(f"{outside}.{name}" if on_class else f"{outside}().{name}"),)
        return self._in_subclasses(scope, name, on_class=on_class) if after is None else NOTHING

    def _set_from_outside(self, name: str, owner: Scope) -> Iterator[Values]:
        """What code outside a class sets as an attribute of the class, its instances or a function."""
        stores = self._resolver.program.foreign.get(name, ())
        for store in stores if len(stores) <= MAX_FOREIGN else ():
            frame = self._frames.of(store.scope)
            for value in self._resolver.evaluate(store.owner, frame):
                match value:
                    case InstanceValue(scope=scope) | ClassValue(scope=scope) | FunctionValue(scope=scope):
                        if scope is owner or (scope.is_class and scope in self._resolver.order(owner)):
                            yield self._resolver.bound(store.binding, frame)
                    case _:
                        pass

    def _hung_on(self, path: str, name: str) -> Values:
        """What code sets as an attribute of a shared library object, like Flask's `g`."""
        stores = self._resolver.program.foreign[name] if "(" not in path else ()
        found: list[Values] = []
        for store in stores if len(stores) <= MAX_FOREIGN else ():
            frame = self._frames.of(store.scope)
            if External(path) in self._resolver.evaluate(store.owner, frame):
                found.append(self._resolver.bound(store.binding, frame))
        return tuple(value for value in union(found) if not isinstance(value, ConstantValue))

    def _made_up(self, scope: Scope, name: str) -> Values:
        """What ``__getattr__`` returns for a name."""
        if name.startswith("__") or "__getattr__" not in self._resolver.program.special_methods:
            return NOTHING
        found: list[Values] = []
        for method in self.member(scope, "__getattr__", on_class=False):
            node = method.scope.node if isinstance(method, MethodValue) else None
            if isinstance(method, MethodValue) and isinstance(node, s.Function) and len(node.parameters) > 1:
                given = Given(node.parameters[1].name, s.Constant(name), self._frames.of(method.scope))
                frame = Frame(method.scope, method.receiver, given=(given,))
                found.append(self._resolver.returned(self._frames.kept(frame)))
        return union(found)

    def _in_subclasses(self, scope: Scope, name: str, *, on_class: bool) -> Values:
        """What a mixin's attribute means in the classes it is mixed into."""
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
            elif isinstance(binding, Assigned) and self._resolver.inherits(owner, ENUMS) and not name.startswith("_"):
                found.append((InstanceValue(owner),))
            else:
                values = self._resolver.bound(binding, self._frames.of(owner))
                found.append(values if on_class else tuple(self._on_instance(value, receiver) for value in values))
        return union(found)

    @staticmethod
    def _on_instance(value: Value, receiver: Scope) -> Value:
        """A class attribute read on an instance: a lambda becomes a method."""
        if not isinstance(value, FunctionValue) or not value.scope.is_lambda:
            return value
        holder = value.scope.parent
        return MethodValue(value.scope, receiver, value.outer) if holder is not None and holder.is_class else value

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
