"""The effects of Django code on tables: reads, writes, and the functions that run because of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler.model.system import AccessMode, CallKind, Confidence
from strangler_analyzers.frameworks.django.models.index import AnyModel, Model
from strangler_analyzers.frameworks.django.models.library_models import library_part, library_rows
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.django.models.relations import Relation
from strangler_analyzers.frameworks.django.models.working_models import VIEW_METHODS, VIEW_WRITES, WorkingModels
from strangler_analyzers.frameworks.django.queries import methods as q
from strangler_analyzers.frameworks.django.queries.cascades import Cascades
from strangler_analyzers.frameworks.django.queries.chains import Chains
from strangler_analyzers.frameworks.django.queries.lookups import Lookups
from strangler_analyzers.frameworks.django.queries.row_hooks import RowHooks
from strangler_analyzers.frameworks.django.queries.transactions import opens_transaction
from strangler_analyzers.frameworks.django.signals import SENDS, Signals
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.knowledge import Access, Effect, EffectRule, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    ConstantValue,
    External,
    Frame,
    FunctionValue,
    InstanceValue,
    MethodValue,
    Rows,
    RowsMethod,
    SuperValue,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

_SHORTCUTS = ("get_object_or_404", "get_list_or_404")
_INSTANCE_METHODS = q.SAVES | q.DELETES | q.RELOADS


@dataclass(frozen=True, slots=True)
class _Query:
    """A call of a query method on rows of a model; `relation` is the one through which they were reached."""

    model: AnyModel
    method: str
    call: s.Call
    frame: Frame
    relation: Relation | None = None


class DjangoEffects(EffectRule):
    """Queries, saved and deleted instances, lazily loaded relations, signals and transactions."""

    calls_of = (RowsMethod, External)
    calls_named = _INSTANCE_METHODS | SENDS

    def __init__(self, models: DjangoModels) -> None:
        self._models = models
        self._lookups = Lookups(models)
        self._cascades = Cascades(models)
        self._chains = Chains()
        self._working = WorkingModels(models)
        self._signals: Signals | None = None
        self.hooks = RowHooks(models)

    def signals(self, resolver: Resolver) -> Signals:
        """The program's receivers."""
        if self._signals is None:
            self._models.prepare(resolver)
            self._signals = Signals(resolver, self._models)
        return self._signals

    # --- the seam

    def of_call(self, resolver: Resolver, call: s.Call, callees: Values, frame: Frame) -> Iterable[Effect]:
        """Effects of queries, of ``instance.save()``, of shortcuts and of sending a signal."""
        found: list[Effect] = []
        queries = [callee for callee in callees if isinstance(callee, RowsMethod)]
        doubt = len({callee.rows.model for callee in queries}) > 1
        for callee in callees:
            match callee:
                case RowsMethod(rows=rows, name=name):
                    effects = self._of_rows(resolver, rows, name, call, frame)
                    found += map(_doubted, effects) if doubt else effects
                case External(path=path):
                    found += self._of_external(resolver, path, call, frame)
                case _:
                    pass
        found += self._of_instance(resolver, callees, call, frame)
        found += self.signals(resolver).of_send(call, frame)
        return tuple(dict.fromkeys(found))

    def of_attribute(self, resolver: Resolver, owners: Values, name: str, frame: Frame) -> Iterable[Effect]:
        """A row that is lazily loaded when the attribute is read."""
        del resolver, frame
        found: list[Effect] = []
        for owner in owners:
            if isinstance(owner, InstanceValue | SuperValue | External):
                model = self._instance_model(owner)
                relation = self._models.relations.accessor(model, name) if model is not None else None
                if relation is not None and not relation.many:
                    found += self._reads(relation.target, name, Confidence.LIKELY)
        return tuple(dict.fromkeys(found))

    def of_iteration(self, resolver: Resolver, iterables: Values, frame: Frame) -> Iterable[Effect]:
        """A query that runs because its rows are iterated over."""
        del resolver, frame
        found: list[Effect] = []
        for value in iterables:
            if isinstance(value, Rows):
                model = self._models.model(value.model)
                if model is not None and value.shape != "tree":
                    found += self._reads(model, "iterate")
                    found += self._through(
                        self._models.relations.by_identity(value.related), AccessMode.READ, "iterate"
                    )
            elif isinstance(value, External):
                rows = library_rows(value.path)
                if rows is not None and not rows.method:
                    found += self._reads(rows.model, "iterate")
                    found += self._through(self._models.relations.by_identity(rows.related), AccessMode.READ, "iterate")
        return tuple(dict.fromkeys(found))

    def opens_transaction(self, resolver: Resolver, contexts: Values) -> bool:
        """``atomic`` as context manager and as decorator."""
        return opens_transaction(resolver, contexts)

    # --- what inherited methods of views do

    def reads(self, model: AnyModel, operation: str) -> Iterator[Effect]:
        """Reading rows of a model on behalf of a view."""
        yield from (*self._reads(model, operation), *self.hooks.read(model))

    def changes(self, resolver: Resolver, view: Scope, model: AnyModel, change: str) -> Iterator[Effect]:
        """Saving or deleting a row of a model on behalf of a view."""
        if change == "delete":
            yield from self._own(resolver, model, "delete")
            yield from self._instance_method(model, change)
            return
        yield from self._save(resolver, model)
        for form in self._working.forms(resolver, view) or (view,):
            yield from self._set_relations(resolver, form, model)

    # --- queries

    def _of_rows(self, resolver: Resolver, rows: Rows, name: str, call: s.Call, frame: Frame) -> list[Effect]:
        model = self._models.model(rows.model)
        if model is None:
            return []
        if rows.shape == "tree":
            return self._of_tree(model, name)
        found: list[Effect] = list(self._get_queryset(model, rows))
        found += self._of_query(
            resolver, _Query(model, name, call, frame, self._models.relations.by_identity(rows.related))
        )
        return found

    def _of_query(self, resolver: Resolver, query: _Query) -> list[Effect]:
        """One call in a query: its joins and, at the end of the chain, its access to the rows."""
        model, name = query.model, query.method
        if name in q.NO_QUERY:
            return []
        joined = self._lookups.tables(resolver, model, name, query.call, query.frame)
        found: list[Effect] = [Access(table, AccessMode.READ, name) for table in joined]
        if name == "select_for_update":
            found += self._reads(model, name)
        outer = self._chains.continued(query.frame.scope, query.call)
        if outer is not None and _continues(name, outer):
            return found
        if name in q.WRITES:
            found += self._writes(model, name, query.relation)
        else:
            found += self._reads(model, name)
            found += self._through(query.relation, AccessMode.READ, name)
        return found

    def _get_queryset(self, model: Model, rows: Rows) -> Iterator[Effect]:
        """A manager of the program starts every query with its own `get_queryset`."""
        kind, _, attribute = rows.shape.partition(":")
        if kind != "manager":
            return
        for scope in self._models.managers.source(model, attribute).manager:
            function = own_method(self._models.index.resolver, scope, "get_queryset")
            if function is not None:
                yield Runs(function, CallKind.FRAMEWORK, Confidence.CERTAIN)
                return

    def _writes(self, model: AnyModel, name: str, relation: Relation | None) -> list[Effect]:
        if name in q.RELATED_ONLY and relation is not None and relation.through:
            modes = (AccessMode.READ, AccessMode.WRITE) if name in q.LOOKS_FIRST else (AccessMode.WRITE,)
            entries = [effect for mode in modes for effect in self._through(relation, mode, name)]
            return [*entries, *self.signals(self._models.index.resolver).of_model(model, "m2m_changed")]
        found: list[Effect] = []
        if name in q.READS_TOO:
            found += self._reads(model, name)
        found += (Access(row.table, AccessMode.WRITE, name) for row in self._models.rows_of(model))
        found += self._through(relation, AccessMode.WRITE, name) if name in q.CREATES else ()
        found += self.hooks.written(model) if name in q.CREATES else ()
        resolver = self._models.index.resolver
        signals = self.signals(resolver)
        if name in q.CREATES and "bulk" not in name:
            found += self._own(resolver, model, "save")
            found += signals.of_model(model, "pre_save", "post_save")
        if name in q.DELETES:
            found += (*self._cascades.of(model), *signals.of_model(model, "pre_delete", "post_delete"))
        return found

    def _reads(self, model: AnyModel, name: str, confidence: Confidence = Confidence.CERTAIN) -> list[Effect]:
        if self._shared(model):
            confidence = Confidence.POSSIBLE
        rows = self._models.rows_of(model)
        hooks = self.hooks.read(model) if name in q.FETCHES else ()
        return [*(Access(row.table, AccessMode.READ, name, confidence) for row in rows), *hooks]

    @staticmethod
    def _through(relation: Relation | None, mode: AccessMode, name: str) -> list[Effect]:
        return [Access(relation.through, mode, name)] if relation is not None and relation.through else []

    def _of_tree(self, model: Model, name: str) -> list[Effect]:
        found = self._reads(model, name)
        if name in q.TREE_WRITES:
            found += (Access(row.table, AccessMode.WRITE, name) for row in self._models.rows_of(model))
            found += self.signals(self._models.index.resolver).of_model(model, "pre_save", "post_save")
        return found

    # --- instances

    def _of_instance(self, resolver: Resolver, callees: Values, call: s.Call, frame: Frame) -> Iterator[Effect]:
        """``instance.save()`` if the program does not override it; ``super().save()`` in an override."""
        function = call.function
        if not isinstance(function, s.Attribute) or function.name not in _INSTANCE_METHODS:
            return
        if any(isinstance(callee, RowsMethod) for callee in callees):
            return
        own = [callee.scope for callee in callees if isinstance(callee, MethodValue | FunctionValue)]
        if own:
            yield from self._shared_method(resolver, own[0], call, frame)
            return
        for owner in resolver.evaluate(function.value, frame):
            if isinstance(owner, InstanceValue | SuperValue | External):
                model = self._instance_model(owner)
                if model is not None:
                    if not (isinstance(owner, SuperValue) and self._shared(model)):
                        yield from self._instance_method(model, function.name)
                elif function.name in q.SAVES and not _not_committed(resolver, call, frame):
                    yield from self._saved_form(resolver, owner)

    def _shared_method(self, resolver: Resolver, method: Scope, call: s.Call, frame: Frame) -> Iterator[Effect]:
        """A `save` that several models inherit does not determine whose rows it writes; the instance does."""
        owner = self._models.model(method.owner) if method.owner is not None else None
        if owner is None or len(self._models.rows_of(owner)) < 2 or not isinstance(call.function, s.Attribute):
            return
        for value in resolver.evaluate(call.function.value, frame):
            model = self._models.model_of_value(value) if isinstance(value, InstanceValue) else None
            if isinstance(model, Model):
                yield from self._instance_method(model, call.function.name)

    def _shared(self, model: AnyModel) -> bool:
        """Whether a model's rows are in several tables, so that only the instance determines the table."""
        return isinstance(model, Model) and model.abstract and len(self._models.rows_of(model)) > 1

    def _instance_method(self, model: AnyModel, name: str) -> Iterator[Effect]:
        if name in q.RELOADS:
            yield from self._reads(model, name)
            return
        doubt = self._shared(model)
        for row in self._models.rows_of(model):
            yield Access(row.table, AccessMode.WRITE, name, Confidence.POSSIBLE if doubt else Confidence.CERTAIN)
        signals = self.signals(self._models.index.resolver)
        if name in q.DELETES:
            yield from self._cascades.of(model)
            yield from signals.of_model(model, "pre_delete", "post_delete")
        else:
            yield from self.hooks.written(model)
            yield from signals.of_model(model, "pre_save", "post_save")

    def _saved_form(self, resolver: Resolver, owner: Value) -> Iterator[Effect]:
        """A form or serializer saves the model it is for."""
        model = self._working.of_factory(resolver, owner)
        if model is None and isinstance(owner, InstanceValue | SuperValue):
            scope = owner.scope if isinstance(owner, InstanceValue) else owner.receiver
            model = self._working.of_form(resolver, scope) if self._working.is_form(resolver, scope) else None
            if model is not None:
                yield from self._set_relations(resolver, scope, model)
        if model is not None:
            yield from self._save(resolver, model)

    def _set_relations(self, resolver: Resolver, form: Scope, model: AnyModel) -> Iterator[Access]:
        """The writes of a saved form to the many-to-many tables of its model."""
        for relation in self._working.saved_relations(resolver, form, model):
            for mode in (AccessMode.READ, AccessMode.WRITE):
                yield Access(relation.through, mode, "save_m2m", Confidence.LIKELY)

    def _save(self, resolver: Resolver, model: AnyModel) -> Iterator[Effect]:
        """A model is saved by a library: through its own `save`, if it has one."""
        yield from self._own(resolver, model, "save")
        yield from self._instance_method(model, "save")

    @staticmethod
    def _own(resolver: Resolver, model: AnyModel, method: str) -> Iterator[Effect]:
        own = own_method(resolver, model.scope, method) if isinstance(model, Model) else None
        if own is not None:
            yield Runs(own, CallKind.FRAMEWORK, Confidence.LIKELY)

    def _instance_model(self, owner: Value) -> AnyModel | None:
        if isinstance(owner, External):
            model, rest = library_part(owner.path)
            return model if rest == "()" else None
        return self._models.model_of_value(owner)

    # --- library functions

    def _of_external(self, resolver: Resolver, path: str, call: s.Call, frame: Frame) -> Iterator[Effect]:
        rows = library_rows(path)
        if rows is not None:
            if rows.method:
                relation = self._models.relations.by_identity(rows.related)
                yield from self._of_query(resolver, _Query(rows.model, rows.method, call, frame, relation))
            return
        if path.endswith(_SHORTCUTS) and call.arguments:
            yield from self._shortcut(resolver, path.rpartition(".")[2], call, frame)
            return
        yield from self.signals(resolver).of_library_call(path)
        if isinstance(call.function, s.Attribute) and call.function.name in VIEW_METHODS:
            yield from self._of_view(resolver, call.function, frame)

    def _shortcut(self, resolver: Resolver, name: str, call: s.Call, frame: Frame) -> Iterator[Effect]:
        """``get_object_or_404(Order, customer__name=...)``."""
        rest = s.Call(call.function, call.arguments[1:], call.keywords, call.line, call.column)
        for value in resolver.evaluate(call.arguments[0], frame):
            if isinstance(value, ClassValue | Rows | External):
                model = self._models.model_of_value(value)
                if model is not None:
                    for table in self._lookups.tables(resolver, model, "get", rest, frame):
                        yield Access(table, AccessMode.READ, name)
                    yield from self._reads(model, name)

    def _of_view(self, resolver: Resolver, function: s.Attribute, frame: Frame) -> Iterator[Effect]:
        """The effect of a generic view's own method on its model."""
        for owner in resolver.evaluate(function.value, frame):
            if isinstance(owner, InstanceValue | SuperValue):
                scope = owner.scope if isinstance(owner, InstanceValue) else owner.receiver
                if not self._working.is_view(resolver, scope):
                    continue
                model = self._working.of_view(resolver, scope)
                if model is not None:
                    yield from self._of_view_method(resolver, scope, model, function.name)

    def _of_view_method(self, resolver: Resolver, view: Scope, model: AnyModel, name: str) -> Iterator[Effect]:
        if name not in VIEW_WRITES:
            yield from self._reads(model, name, Confidence.LIKELY)
        for change in self._working.changes(resolver, view, name):
            yield from self.changes(resolver, view, model, change)


def _doubted(effect: Effect) -> Effect:
    if isinstance(effect, Access):
        return Access(effect.table, effect.mode, effect.operation, Confidence.POSSIBLE)
    return effect


def _continues(method: str, outer: s.Call) -> bool:
    """Whether the next call in a chain belongs to the same query."""
    if method in q.ONE_ROW or method in q.ROW_AND_FLAG or method in q.SEVERAL_ROWS or method in q.NO_ROWS:
        return False
    return isinstance(outer.function, s.Attribute) and outer.function.name not in q.NO_QUERY


def _not_committed(resolver: Resolver, call: s.Call, frame: Frame) -> bool:
    """``save(commit=False)`` makes an instance and leaves the table alone."""
    commit = call.argument(0, "commit")
    if commit is None or isinstance(commit, s.Star):
        return False
    return any(isinstance(value, ConstantValue) and value.value is False for value in resolver.evaluate(commit, frame))
