"""The values in a template's context, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from strangler_analyzers.frameworks.django.models.index import Model
from strangler_analyzers.frameworks.django.models.working_models import WorkingModels
from strangler_analyzers.frameworks.django.project import Project
from strangler_analyzers.frameworks.django.serving.requests import REQUEST
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    Frame,
    FunctionValue,
    InstanceValue,
    MappingValue,
    MethodValue,
    Value,
    Values,
    union,
)
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import nodes

Context: TypeAlias = Mapping[str, Values]

_FILLS = "get_context_data"


class Contexts:
    """Finds the values that views and context processors put under names."""

    def __init__(self, resolver: Resolver, project: Project, working: WorkingModels) -> None:
        self._resolver = resolver
        self._project = project
        self._working = working
        self._everywhere: Context | None = None
        self._returned: dict[Scope, Context] = {}

    def everywhere(self) -> Context:
        """What `django.template.context_processors` and the program's own processors add to every context."""
        if self._everywhere is None:
            processors = self._project.mentions.context_processors
            own = (self._entries(processor, None) for processor in processors)
            user = self._resolver.attribute(REQUEST, "user")
            self._everywhere = joined(({"request": (REQUEST,), "user": user}, *own))
        return self._everywhere

    def of_view(self, view: Scope) -> Context:
        """The context of a class-based view: the additions of its methods and of the generic views."""
        own = (self._entries(method, view) for method in self._methods(view, {_FILLS}))
        given = (self._given(method, view) for method in self._methods(view, None))
        generic = dict(self._generic(view))
        return joined(({"view": (InstanceValue(view),)}, *own, *given, generic, self.everywhere()))

    def of_values(self, values: Iterable[Value]) -> Context:
        """A dictionary passed to `render`."""
        return joined((*map(self.of_dictionary, values), self.everywhere()))

    def of_dictionary(self, value: Value) -> Context:
        """The entries of one dictionary, as far as its keys are known."""
        if not isinstance(value, MappingValue):
            return {}
        return {name: self._resolver.evaluate(entry, value.frame) for name, entry in _named(value.node)}

    def returned(self, function: Scope) -> Context:
        """What a function puts into the dictionary it returns."""
        known = self._returned.get(function)
        if known is None:
            known = self._returned[function] = self._entries(function, None)
        return known

    def _methods(self, view: Scope, names: set[str] | None) -> Iterator[Scope]:
        for ancestor in self._resolver.order(view):
            if isinstance(ancestor, Scope):
                for child in ancestor.children:
                    if child.is_function and (names is None or child.short_name in names):
                        yield child

    def _entries(self, function: Scope, receiver: Scope | None, *, deeper: bool = True) -> Context:
        """The entries a function puts into dictionaries, including those it takes from other functions."""
        frame = self._resolver.frame(function, receiver)
        parts: list[Context] = [{name: self._resolver.evaluate(value, frame)} for name, value in _entries(function)]
        for added in _added(function) if deeper else ():
            parts.extend(map(self.of_dictionary, self._resolver.evaluate(added, frame)))
            callees = self._resolver.evaluate(added.function, frame) if isinstance(added, s.Call) else ()
            parts.extend(
                self._entries(callee.scope, callee.receiver, deeper=False)
                for callee in callees
                if isinstance(callee, MethodValue | FunctionValue) and callee.scope.short_name != _FILLS
            )
        return joined(parts)

    def _given(self, method: Scope, view: Scope) -> Context:
        """``self.get_context_data(form=form)``: keywords become names of the context."""
        frame = self._resolver.frame(method, view)
        return joined({name: self._resolver.evaluate(value, frame)} for name, value in _keywords(method))

    # --- what generic views add

    def _generic(self, view: Scope) -> Iterator[tuple[str, Values]]:
        seen, instance = self._project.view(view), InstanceValue(view)
        model = self._working.of_view(self._resolver, view)
        model_name = model.scope.short_name.lower() if isinstance(model, Model) else ""
        named = seen.text("context_object_name")
        if seen.defines("get_object"):
            row = self._either(view, "get_object", self._resolver.attribute(instance, "object"))
            yield from ((name, row) for name in ("object", named, model_name) if name)
        if seen.defines("paginate_queryset"):
            rows = self._either(view, "get_queryset", self._resolver.attribute(instance, "object_list"))
            yield from ((name, rows) for name in ("object_list", named, model_name and f"{model_name}_list") if name)
            yield "page_obj", rows
        if seen.defines("get_table_data"):
            rows = self._either(view, "get_table_data", self._either(view, "get_queryset", ()))
            yield seen.text("context_table_name") or "table", rows
        if seen.defines("get_form"):
            forms = tuple(InstanceValue(form) for form in self._working.forms(self._resolver, view))
            yield "form", self._either(view, "get_form", forms)

    def _either(self, view: Scope, method: str, otherwise: Values) -> Values:
        """What the program's own method returns, and what the library would put there."""
        own = (value for value in self._resolver.member(view, method, on_class=False) if isinstance(value, MethodValue))
        return union((*(self._resolver.returned(Frame(value.scope, value.receiver)) for value in own), otherwise))


def joined(parts: Iterable[Context]) -> Context:
    """For each name the values of all parts."""
    context: dict[str, Values] = {}
    for part in parts:
        for name, values in part.items():
            context[name] = union((context[name], values)) if name in context else values
    return context


def _entries(function: Scope) -> Iterator[tuple[str, s.Expression]]:
    """``context["name"] = value``, dictionary displays, keywords of `dict` and `update`."""
    for node in nodes(function.node.body):
        match node:
            case s.Assign(targets=targets, value=value) if value is not None:
                for target in targets:
                    if isinstance(target, s.Subscript) and (name := _text(target.index)) is not None:
                        yield name, value
            case s.Mapping():
                yield from _named(node)
            case s.Call(function=s.Attribute(name="update") | s.Name(id="dict"), keywords=keywords):
                yield from ((word.name, word.value) for word in keywords if word.name)
            case _:
                pass


def _keywords(function: Scope) -> Iterator[tuple[str, s.Expression]]:
    for call in function.calls:
        if isinstance(call.function, s.Attribute) and call.function.name == _FILLS:
            yield from ((word.name, word.value) for word in call.keywords if word.name)


def _added(function: Scope) -> Iterator[s.Expression]:
    """``context.update(more)`` and ``return more()``."""
    for node in nodes(function.node.body):
        match node:
            case s.Call(function=s.Attribute(name="update"), arguments=(value,)):
                yield value
            case s.Return(value=s.Call() as value):
                yield value
            case _:
                pass


def _named(node: s.Mapping) -> Iterator[tuple[str, s.Expression]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None and (name := _text(key)) is not None:
            yield name, value
        elif key is None and isinstance(value, s.Mapping):
            yield from _named(value)


def _text(expression: s.Expression) -> str | None:
    return expression.value if isinstance(expression, s.Constant) and isinstance(expression.value, str) else None
