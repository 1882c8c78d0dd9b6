"""Evaluates ``value.name`` in one run."""

from __future__ import annotations

from strangler_analyzers.frameworks.wiring.activation import union
from strangler_analyzers.frameworks.wiring.questions import Questions
from strangler_analyzers.linker.scope import Defined, Scope
from strangler_analyzers.linker.values import (
    NOTHING,
    ClassValue,
    ConstantValue,
    External,
    Frame,
    InstanceValue,
    MethodValue,
    ModuleValue,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

_PROPERTIES = frozenset({"property", "cached_property"})


class Attributes:
    """Attributes of modules, classes and instances; for library objects, what the linker knows."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    def of(self, value: Value, name: str) -> Values:
        """What ``value.name`` may be."""
        classes = self._questions.classes
        match value:
            case ModuleValue(name=module):
                return self._questions.module_member(module, name)
            case ClassValue(scope=scope):
                return self._member(scope, name, value, on_class=True)
            case InstanceValue(scope=scope):
                return self._member(scope, name, value, on_class=False)
            case External(site=site) if site is not None and site in classes and value.path.endswith("()"):
                return self._member(classes[site], name, value, on_class=False)
            case ConstantValue(value=str()) if name == "value":
                return (value,)  # A string has no such attribute: it stands for the member of an enumeration.
            case External(path="http.HTTPMethod"):
                return (ConstantValue(name),)
            case _:
                return self._questions.resolver.attribute(value, name)

    def _member(self, scope: Scope, name: str, value: Value, *, on_class: bool) -> Values:
        questions = self._questions
        found: list[Values] = []
        for ancestor in questions.resolver.order(scope):
            if isinstance(ancestor, str):
                continue
            if not on_class:
                found.extend(questions.bound(b, Frame(m, scope)) for b, m in ancestor.attributes.get(name, ()))
            if name in ancestor.bindings:
                if any(isinstance(binding, Defined) for binding in ancestor.bindings[name]):
                    found.append(self._defined(ancestor, scope, name, on_class=on_class))
                else:
                    found.append(questions.bound_by(ancestor.bindings[name], Frame(ancestor)))
                break
        else:
            found.append(NOTHING if on_class else self._asked(scope, name))
        return union(found) or questions.resolver.attribute(value, name)

    def _defined(self, ancestor: Scope, scope: Scope, name: str, *, on_class: bool) -> Values:
        """A method, or the value of a property of this class."""
        questions = self._questions
        for child in ancestor.children:
            if child.short_name == name and not on_class and not _PROPERTIES.isdisjoint(child.decorator_names()):
                return questions.returned(questions.frames.run(child, scope, {}, None))
        return questions.resolver.member(scope, name, on_class=on_class)

    def _asked(self, scope: Scope, name: str) -> Values:
        """What a class's own ``__getattr__`` returns, such as that of lazily read settings."""
        questions = self._questions
        found: list[Values] = []
        if "__getattr__" in questions.resolver.program.special_methods:
            for method in questions.resolver.member(scope, "__getattr__", on_class=False):
                if isinstance(method, MethodValue) and isinstance(method.scope.node, s.Function):
                    asked = {parameter.name: (ConstantValue(name),) for parameter in method.scope.node.parameters[1:2]}
                    found.append(questions.returned(questions.frames.run(method.scope, scope, asked, None)))
        return union(found)
