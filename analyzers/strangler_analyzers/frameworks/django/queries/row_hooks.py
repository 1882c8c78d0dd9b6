"""The program's functions that run while a row is read from or written to the database.

Custom fields convert values both ways ("How to create custom model fields", Django 5.2): `from_db_value` and
`get_internal_type` when rows are read, `pre_save` and `get_prep_value` when they are written. A field may also put a
descriptor in its place (`descriptor_class`, or ``setattr`` in `contribute_to_class`), which is set whenever an instance
is made. An instance of a model with an `__init__` or `from_db` of its own is made by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler.model.system import CallKind, Confidence
from strangler_analyzers.frameworks.django.models.fields import Field
from strangler_analyzers.frameworks.django.models.index import AnyModel, Model
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.knowledge import Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, Frame
from strangler_analyzers.source import syntax as s

_READING = ("get_internal_type", "from_db_value")
_WRITING = ("pre_save", "get_db_prep_save", "get_db_prep_value", "get_prep_value")
_MAKING = ("from_db", "__init__")


class RowHooks:
    """The hooks of each model's rows."""

    def __init__(self, models: DjangoModels) -> None:
        self._models = models
        self._descriptors: dict[Scope, tuple[Scope, ...]] = {}
        self._known: dict[tuple[str, AnyModel], tuple[Runs, ...]] = {}
        self._replaced: frozenset[str] | None = None

    def read(self, model: AnyModel) -> tuple[Runs, ...]:
        """The functions that run when rows are read and instances made from them."""
        return self._once("read", model)

    def made(self, model: AnyModel) -> tuple[Runs, ...]:
        """The functions that the library runs when an instance is made."""
        return self._once("made", model)

    def written(self, model: AnyModel) -> tuple[Runs, ...]:
        """The functions that run when a row is written."""
        return self._once("written", model)

    def shown(self, model: AnyModel) -> tuple[Runs, ...]:
        """The functions that run when the library reads every field of an instance, as a form does."""
        return self._once("shown", model)

    def is_replaced(self, name: str) -> bool:
        """Whether a descriptor of the program represents a field of this name in any model."""
        if self._replaced is None:
            self._replaced = frozenset(
                field.name
                for model in self._models.index.all()
                for field in model.fields.values()
                if field.declared_by is not None and self._descriptors_of(field.declared_by)
            )
        return name in self._replaced

    def attribute(self, model: AnyModel, name: str, special: str) -> Iterator[Runs]:
        """The special method of a descriptor that represents one field."""
        if isinstance(model, Model) and (field := model.fields.get(name)) is not None:
            yield from self._special(field, special)

    @property
    def _resolver(self) -> Resolver:
        return self._models.index.resolver

    def _once(self, way: str, model: AnyModel) -> tuple[Runs, ...]:
        if (way, model) not in self._known:
            found = self._find(way, model) if isinstance(model, Model) else ()
            self._known[way, model] = tuple(dict.fromkeys(found))
        return self._known[way, model]

    def _find(self, way: str, model: Model) -> Iterator[Runs]:
        match way:
            case "read":
                yield from self._conversions(model, _READING)
                makers = tuple(self._methods(model.scope, _MAKING))
                yield from makers or self._find("made", model)
            case "written":
                yield from self._conversions(model, _WRITING)
                yield from self._find("shown", model)
            case "shown":
                for field in model.fields.values():
                    yield from self._special(field, "__get__")
            case _:
                for field in model.fields.values():
                    yield from self._special(field, "__set__")

    def _conversions(self, model: Model, names: Iterable[str]) -> Iterator[Runs]:
        for field in model.fields.values():
            if field.declared_by is not None:
                yield from self._methods(field.declared_by, names)

    def _special(self, field: Field, name: str) -> Iterator[Runs]:
        if field.declared_by is not None:
            for descriptor in self._descriptors_of(field.declared_by):
                yield from self._methods(descriptor, (name,))

    def _methods(self, scope: Scope, names: Iterable[str]) -> Iterator[Runs]:
        for name in names:
            if (function := own_method(self._resolver, scope, name)) is not None:
                yield Runs(function, CallKind.FRAMEWORK, Confidence.LIKELY, scope)

    def _descriptors_of(self, field: Scope) -> tuple[Scope, ...]:
        if field not in self._descriptors:
            self._descriptors[field] = tuple(dict.fromkeys(self._find_descriptors(field)))
        return self._descriptors[field]

    def _find_descriptors(self, field: Scope) -> Iterator[Scope]:
        contribute = own_method(self._resolver, field, "contribute_to_class")
        for statement in contribute.node.body if contribute is not None else ():
            match statement:
                case s.Evaluate(value=s.Call(function=s.Name("setattr"), arguments=(_, _, s.Call(function=maker)))):
                    yield from self._classes(maker, Frame(contribute or field, field))
                case _:
                    pass
        for ancestor in self._resolver.order(field):
            if isinstance(ancestor, Scope) and "descriptor_class" in ancestor.bindings:
                yield from self._classes(s.Name("descriptor_class"), Frame(ancestor))
                return

    def _classes(self, expression: s.Expression, frame: Frame) -> Iterator[Scope]:
        for value in self._resolver.evaluate(expression, frame):
            if isinstance(value, ClassValue):
                yield value.scope
