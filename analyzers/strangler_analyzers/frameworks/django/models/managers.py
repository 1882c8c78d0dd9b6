"""Managers and querysets: the program's classes that query a model's rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler_analyzers.frameworks.django.models.index import Model, ModelIndex
from strangler_analyzers.linker.scope import Assigned, Defined, Scope
from strangler_analyzers.linker.values import ClassValue, External, Frame, InstanceValue, Value
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import calls

DEFAULT = "objects"
"""The default manager of a model that declares none."""

_ROW_SOURCES = ("Manager", "QuerySet")


@dataclass(frozen=True, slots=True)
class RowSource:
    """The classes behind a manager of a model, each as a derived class, so that ``self`` in methods knows the model."""

    manager: tuple[Scope, ...] = ()
    queryset: tuple[Scope, ...] = ()

    @property
    def classes(self) -> tuple[Scope, ...]:
        """The manager and queryset classes, in the order in which attributes are searched."""
        return (*self.manager, *self.queryset)


class Managers:
    """The managers of every model, by the attribute that holds them."""

    def __init__(self, index: ModelIndex) -> None:
        self._index = index
        self._resolver = index.resolver
        self._sources: dict[tuple[Model, str], RowSource] = {}
        self._models: dict[Scope, list[tuple[Model, str]]] = {}
        self._row_classes: dict[Scope, bool] = {}
        self._defaults: dict[Model, str] = {}
        self._names: dict[Model, dict[str, Value | None]] = {}
        for model in index.all():
            self._names[model] = dict(self._declared(model.scope))
        for model in index.all():
            if not model.abstract or not index.concrete(model):
                for name in self.names(model):
                    self.source(model, name)

    def names(self, model: Model) -> dict[str, Value | None]:
        """The managers of a model by attribute, its own before inherited ones."""
        found: dict[str, Value | None] = {}
        for ancestor in self._index.lineage(model):
            for name, value in self._names[ancestor].items():
                found.setdefault(name, value)
        return found

    def default(self, model: Model) -> str:
        """The attribute of the manager that relations use: named by Meta, else the first that is declared."""
        if model not in self._defaults:
            named = model.meta.text("default_manager_name")
            self._defaults[model] = named or next(iter(self.names(model)), DEFAULT)
        return self._defaults[model]

    def source(self, model: Model, name: str) -> RowSource:
        """The classes behind one manager of a model."""
        key = (model, name)
        if key not in self._sources:
            self._sources[key] = RowSource()
            value = self.names(model).get(name)
            if value is not None:
                self._sources[key] = self._made(model, name, value)
        return self._sources[key]

    def models_of(self, scope: Scope) -> tuple[tuple[Model, str], ...]:
        """The models whose rows an instance of a row class may represent, with the manager's attribute."""
        return tuple(self._models.get(scope, ()))

    def is_row_class(self, scope: Scope) -> bool:
        """Whether a class is a manager or a queryset."""
        known = self._row_classes.get(scope)
        if known is None:
            known = any(
                isinstance(ancestor, str) and _is_row_path(ancestor) for ancestor in self._resolver.order(scope)
            )
            self._row_classes[scope] = known
        return known

    # --- reading

    def _declared(self, scope: Scope) -> Iterator[tuple[str, Value | None]]:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if isinstance(binding, Assigned) and isinstance(binding.expression, s.Call):
                    yield from ((name, value) for value in self._manager(binding.expression, Frame(scope)))

    def _manager(self, call: s.Call, frame: Frame) -> Iterator[Value | None]:
        """The manager a class attribute holds: an instance, or the class of a queryset turned into one."""
        function = call.function
        if isinstance(function, s.Attribute) and function.name == "as_manager":
            for value in self._resolver.evaluate(function.value, frame):
                if isinstance(value, ClassValue) and self.is_row_class(value.scope):
                    yield value
                    return
        for value in self._resolver.evaluate(call, frame):
            match value:
                case InstanceValue(scope=scope) if self.is_row_class(scope):
                    yield value
                    return
                case External(path=path) if _is_row_path(path.removesuffix("()")) or ".from_queryset()" in path:
                    yield value
                    return
                case _:
                    pass

    def _made(self, model: Model, name: str, value: Value) -> RowSource:
        managers, querysets = self._classes(value)
        return RowSource(
            tuple(self._stand_in(scope, model, name) for scope in managers),
            tuple(self._stand_in(scope, model, name) for scope in querysets),
        )

    def _stand_in(self, scope: Scope, model: Model, name: str) -> Scope:
        derived = self._resolver.derive(scope)
        self._row_classes[derived] = True
        self._models[derived] = [(model, name)]
        for ancestor in self._resolver.order(scope):
            if isinstance(ancestor, Scope):
                known = self._models.setdefault(ancestor, [])
                if (model, name) not in known and model not in {m for m, _ in known}:
                    known.append((model, name))
        return derived

    def _classes(self, value: Value) -> tuple[list[Scope], list[Scope]]:
        """Manager classes and queryset classes behind a manager's value."""
        match value:
            case ClassValue(scope=scope):
                return [], [scope]
            case InstanceValue(scope=scope):
                return [scope], list(dict.fromkeys(self._querysets(scope)))
            case External(site=site) if site is not None:
                return self._from_queryset(site.call, site.frame)
            case _:
                return [], []

    def _from_queryset(self, call: s.Call, frame: Frame) -> tuple[list[Scope], list[Scope]]:
        """``Base.from_queryset(QuerySet)``: a manager with the methods of both."""
        managers: list[Scope] = []
        if isinstance(call.function, s.Attribute) and call.function.name == "from_queryset":
            managers = self._row_scopes(call.function.value, frame)
            return managers, [scope for argument in call.arguments[:1] for scope in self._row_scopes(argument, frame)]
        if isinstance(call.function, s.Call):
            return self._from_queryset(call.function, frame)
        return [], []

    def _row_scopes(self, expression: s.Expression, frame: Frame) -> list[Scope]:
        values = self._resolver.evaluate(expression, frame)
        return [v.scope for v in values if isinstance(v, ClassValue) and self.is_row_class(v.scope)]

    def _querysets(self, manager: Scope) -> Iterator[Scope]:
        """The queryset classes that a manager class returns."""
        for ancestor in self._resolver.order(manager):
            if not isinstance(ancestor, Scope) or not isinstance(ancestor.node, s.Class):
                continue
            for base in ancestor.node.bases:
                for value in self._resolver.evaluate(base, Frame(ancestor.parent or ancestor)):
                    if isinstance(value, External) and value.site is not None:
                        yield from self._from_queryset(value.site.call, value.site.frame)[1]
            for value in self._resolver.member(ancestor, "_queryset_class", on_class=False):
                if isinstance(value, ClassValue):
                    yield value.scope
            yield from self._from_get_queryset(ancestor)

    def _from_get_queryset(self, manager: Scope) -> Iterator[Scope]:
        for binding in manager.bindings.get("get_queryset", ()):
            if isinstance(binding, Defined):
                for call in calls((binding.scope.node,), nested=True):
                    if isinstance(call.function, s.Name):
                        yield from self._row_scopes(call.function, Frame(binding.scope))


def _is_row_path(path: str) -> bool:
    name = path.rpartition(".")[2]
    return name.endswith(_ROW_SOURCES) and not path.startswith(("builtins.", "asyncio.", "multiprocessing."))
