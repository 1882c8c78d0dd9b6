"""Finds the model that a form, a serializer or a generic view works with."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.frameworks.django.models.index import AnyModel, Model
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.django.models.relations import Relation
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.strings import strings_of
from strangler_analyzers.linker.values import (
    ClassValue,
    External,
    Frame,
    InstanceValue,
    MethodValue,
    Rows,
    Site,
    Value,
    Values,
)
from strangler_analyzers.source import syntax as s

_FORM_NAMES = ("ModelForm", "ModelSerializer", "ModelFormSet", "InlineFormSet", "UserCreationForm", "UserChangeForm")
_VIEW_PACKAGES = ("django.views.generic", "rest_framework.", "extra_views.", "django_tables2.", "django_filters.views")
ALL_FIELDS = "__all__"
_GETTERS = ("get_queryset", "get_object")
_FACTORIES = {"modelform_factory": 0, "modelformset_factory": 0, "inlineformset_factory": 1}


VIEW_WRITES = frozenset({"form_valid", "perform_create", "perform_update", "perform_destroy"})
"""Methods with which generic views change rows and nothing else."""
VIEW_METHODS = VIEW_WRITES | {
    "get_queryset",
    "get_object",
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "list",
    "retrieve",
    "create",
    "update",
    "partial_update",
    "destroy",
}
"""Methods of generic views that read or change rows; `dispatch` runs the one that the route selects."""
_SAVING = frozenset(
    {"form_valid", "perform_create", "perform_update", "post", "put", "patch", "create", "update"} | {"partial_update"}
)
_DELETING = frozenset({"perform_destroy", "destroy", "post", "delete", "form_valid"})
_SAVING_VIEWS = (
    "CreateView",
    "UpdateView",
    "ModelFormMixin",
    "FormSetView",
    "CreateAPIView",
    "UpdateAPIView",
    "RetrieveUpdateDestroyAPIView",
    "ModelViewSet",
    "CreateModelMixin",
    "UpdateModelMixin",
)
_DELETING_VIEWS = (
    "DeleteView",
    "DeletionMixin",
    "DestroyAPIView",
    "ModelViewSet",
    "DestroyModelMixin",
)


class WorkingModels:
    """Follows ``Meta.model``, ``model``, ``queryset`` and the form or serializer classes that a view names."""

    def __init__(self, models: DjangoModels) -> None:
        self._models = models
        self._forms: dict[Scope, bool] = {}
        self._views: dict[Scope, bool] = {}

    def is_form(self, resolver: Resolver, scope: Scope) -> bool:
        """Whether a class is a form, form set or serializer of a model."""
        if scope not in self._forms:
            self._forms[scope] = any(
                isinstance(path, str) and any(name in path.rpartition(".")[2] for name in _FORM_NAMES)
                for path in resolver.order(scope)
            ) or bool(self._of_factories(resolver, scope))
        return self._forms[scope]

    def is_view(self, resolver: Resolver, scope: Scope) -> bool:
        """Whether a class is a generic view, which has most of its methods from a library."""
        if scope not in self._views:
            self._views[scope] = any(
                isinstance(path, str) and path.startswith(_VIEW_PACKAGES) for path in resolver.order(scope)
            )
        return self._views[scope]

    def changes(self, resolver: Resolver, scope: Scope, method: str) -> tuple[str, ...]:
        """What a library method of a view does to rows: ``save`` (unless the program's form does), or ``delete``."""
        outside = [path for path in resolver.order(scope) if isinstance(path, str)]
        saves = method in _SAVING and any(path.endswith(_SAVING_VIEWS) for path in outside)
        own_save = any(
            isinstance(ancestor, Scope) and "save" in ancestor.bindings
            for form in self.forms(resolver, scope)
            for ancestor in resolver.order(form)
        )
        deletes = method in _DELETING and any(path.endswith(_DELETING_VIEWS) for path in outside)
        return (*(("save",) if saves and not own_save else ()), *(("delete",) if deletes else ()))

    def of_form(self, resolver: Resolver, scope: Scope) -> AnyModel | None:
        """The model a form saves: ``Meta.model``, or the argument of the factory that made its base."""
        for meta in self._declared(resolver, scope, "Meta"):
            if isinstance(meta, ClassValue):
                for value in self._declared(resolver, meta.scope, "model"):
                    if (model := self._models.model_of_value(value)) is not None:
                        return model
        for value in self._declared(resolver, scope, "model"):
            if (model := self._models.model_of_value(value)) is not None:
                return model
        return next(iter(self._of_factories(resolver, scope)), None)

    def saved_relations(self, resolver: Resolver, scope: Scope, model: AnyModel) -> tuple[Relation, ...]:
        """The many-to-many relations that saving a form (or serializer, or a view's own form) sets.

        Those of its `fields`: ``ModelForm.save`` calls ``save_m2m`` ("Creating forms from models", Django 5.2).
        """
        if not isinstance(model, Model):
            return ()
        relations = self.form_relations(resolver, scope, model)
        return tuple(relation for relation in relations if relation.through and relation.through_model is None)

    def form_relations(self, resolver: Resolver, scope: Scope, model: Model) -> tuple[Relation, ...]:
        """The relations of a model that are among the fields of a form (or serializer, or a view's own form)."""
        holders = [meta.scope for meta in self._declared(resolver, scope, "Meta") if isinstance(meta, ClassValue)]
        chosen = self._names(resolver, holders or [scope], "fields")
        left_out = self._names(resolver, holders or [scope], "exclude")
        return tuple(
            relation
            for relation in self._models.relations.own(model)
            if (not chosen or ALL_FIELDS in chosen or relation.name in chosen) and relation.name not in left_out
        )

    def _names(self, resolver: Resolver, holders: list[Scope], attribute: str) -> frozenset[str]:
        values = [value for holder in holders for value in self._declared(resolver, holder, attribute)]
        elements = [element for value in values for element in resolver.elements(value)]
        return frozenset(strings_of((*values, *elements)))

    def of_factory(self, resolver: Resolver, value: Value) -> AnyModel | None:
        """The model of a form class that a factory made, or of an instance of it."""
        if not isinstance(value, External) or value.site is None:
            return None
        name = value.path.partition("(")[0].rpartition(".")[2]
        position = _FACTORIES.get(name)
        return None if position is None else self._argument(resolver, value.site, position)

    def of_view(self, resolver: Resolver, scope: Scope) -> AnyModel | None:
        """The model whose rows a view shows or changes."""
        for name in ("model", "queryset"):
            for value in self._declared(resolver, scope, name):
                if (model := self._models.model_of_value(value)) is not None:
                    return model
        for method in self._getters(resolver, scope):
            for value in resolver.returned(Frame(method, scope)):
                if (
                    isinstance(value, Rows | InstanceValue)
                    and (model := self._models.model_of_value(value)) is not None
                ):
                    return model
        for form in self.forms(resolver, scope):
            if (model := self.of_form(resolver, form)) is not None:
                return model
        return None

    def forms(self, resolver: Resolver, scope: Scope) -> tuple[Scope, ...]:
        """The form or serializer classes a view names."""
        return tuple(
            value.scope
            for name in ("form_class", "serializer_class")
            for value in self._declared(resolver, scope, name)
            if isinstance(value, ClassValue)
        )

    def _getters(self, resolver: Resolver, scope: Scope) -> Iterator[Scope]:
        for name in _GETTERS:
            for method in self._declared(resolver, scope, name):
                if isinstance(method, MethodValue):
                    yield method.scope

    @staticmethod
    def _declared(resolver: Resolver, scope: Scope, name: str) -> Values:
        """A class attribute that the program itself sets."""
        if any(isinstance(ancestor, Scope) and name in ancestor.bindings for ancestor in resolver.order(scope)):
            return resolver.member(scope, name, on_class=name not in _GETTERS)
        return ()

    def _of_factories(self, resolver: Resolver, scope: Scope) -> tuple[AnyModel, ...]:
        return tuple(self._factory_bases(resolver, scope))

    def _factory_bases(self, resolver: Resolver, scope: Scope) -> Iterator[AnyModel]:
        for ancestor in resolver.order(scope):
            if isinstance(ancestor, str):
                if ancestor.partition("(")[0].rpartition(".")[2] not in _FACTORIES:
                    continue
                for holder in resolver.order(scope):
                    if isinstance(holder, Scope) and isinstance(holder.node, s.Class):
                        for base in holder.node.bases:
                            for value in resolver.evaluate(base, Frame(holder.parent or holder)):
                                if (model := self.of_factory(resolver, value)) is not None:
                                    yield model

    def _argument(self, resolver: Resolver, site: Site, position: int) -> AnyModel | None:
        given = site.call.argument(position, "model")
        if given is None:
            return None
        for value in resolver.evaluate(given, site.frame):
            if (model := self._models.model_of_value(value)) is not None:
                return model
        return None
