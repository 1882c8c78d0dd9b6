"""The behaviour of Django's models, managers and querysets as values."""

from __future__ import annotations

from strangler_analyzers.frameworks.django.models.fields import FieldKind
from strangler_analyzers.frameworks.django.models.index import AnyModel, Model
from strangler_analyzers.frameworks.django.models.library_models import library_part, library_rows
from strangler_analyzers.frameworks.django.models.loaders import Loaders
from strangler_analyzers.frameworks.django.models.managers import DEFAULT
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.django.models.relations import Relation
from strangler_analyzers.frameworks.django.models.working_models import WorkingModels
from strangler_analyzers.frameworks.django.queries import methods as q
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    Container,
    External,
    Frame,
    InstanceValue,
    MethodValue,
    Record,
    Rows,
    RowsMethod,
    SuperValue,
    Value,
    Values,
    union,
)
from strangler_analyzers.source import syntax as s

_FLAG = (External("builtins.bool()"),)
_PYTHON_TYPES = {
    "CharField": "builtins.str()",
    "TextField": "builtins.str()",
    "SlugField": "builtins.str()",
    "EmailField": "builtins.str()",
    "URLField": "builtins.str()",
    "IntegerField": "builtins.int()",
    "PositiveIntegerField": "builtins.int()",
    "BigIntegerField": "builtins.int()",
    "AutoField": "builtins.int()",
    "BooleanField": "builtins.bool()",
    "FloatField": "builtins.float()",
    "DecimalField": "decimal.Decimal()",
    "DateTimeField": "datetime.datetime()",
    "DateField": "datetime.date()",
    "UUIDField": "uuid.UUID()",
    "JSONField": "builtins.dict()",
    "FileField": "django.db.models.fields.files.FieldFile()",
    "ImageField": "django.db.models.fields.files.FieldFile()",
}
_SHORTCUTS = ("get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404")
_MAX_MODELS = 6
"""A queryset class that serves more models than this does not tell which one is meant."""


class DjangoOrm(Knowledge):
    """Managers return querysets, querysets yield rows, and rows lead to related rows."""

    attributes_of = (Rows, InstanceValue, SuperValue, ClassValue, External)

    def __init__(self, models: DjangoModels) -> None:
        self._models = models
        self._working = WorkingModels(models)
        self._loaders: Loaders | None = None

    def prepare(self, resolver: Resolver) -> None:
        """Read the program's models."""
        self._models.prepare(resolver)

    def attribute(self, resolver: Resolver, value: Value, name: str) -> Values | None:
        """Managers of classes, relations of instances, methods of rows."""
        if not self._models.ready:
            return None
        match value:
            case Rows():
                return self._of_rows(resolver, value, name)
            case InstanceValue(scope=scope):
                return self._of_instance(resolver, scope, name, None)
            case SuperValue(receiver=receiver, after=after):
                return self._of_instance(resolver, receiver, name, after)
            case ClassValue(scope=scope):
                return self._of_class(resolver, scope, name)
            case External():
                return self._of_library(value, name)
            case _:
                return None

    def call(self, resolver: Resolver, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        """Queries, loaders and shortcuts."""
        match callee:
            case RowsMethod(rows=rows, name=name):
                return self._query(rows, name)
            case MethodValue(scope=scope, receiver=receiver) if self._models.ready and scope.short_name != "__init__":
                if self._models.managers.is_row_class(receiver):
                    return self._own_query(resolver, callee)
            case External(path=path):
                found = self._library_call(path) or self._shortcut(resolver, path, call, frame)
                if found is not None:
                    return found
                if isinstance(call.function, s.Attribute):
                    found = self._of_view(resolver, call.function, frame)
                    if found is not None:
                        return found
            case _:
                pass
        return self._load(callee, call, frame)

    def elements(self, resolver: Resolver, value: Value) -> Values | None:
        """Rows yield instances; a slice of rows is treated like one row."""
        match value:
            case Rows(shape=shape) if shape.startswith("values:"):
                return ()
            case InstanceValue(scope=scope) if self._models.model(scope) is not None:
                return None if _defines(resolver, scope, "__iter__", None) else (value,)
            case InstanceValue(scope=scope) if self._models.ready and self._models.managers.is_row_class(scope):
                return tuple(InstanceValue(model.scope) for model, _ in self._bound(scope))
            case External(path=path):
                rows = library_rows(path)
                return (External(f"{rows.model.path}()"),) if rows is not None and not rows.method else None
            case _:
                return None

    def argument(self, resolver: Resolver, scope: Scope, parameter: s.Parameter) -> Values | None:
        """The forms and serializers that views pass to their own methods."""
        owner = scope.owner
        if owner is None or not self._models.ready or not self._working.is_view(resolver, owner):
            return None
        if parameter.name in {"form", "serializer"}:
            return tuple(InstanceValue(form) for form in self._working.forms(resolver, owner)) or None
        if parameter.name == "queryset" and (model := self._working.of_view(resolver, owner)) is not None:
            return (self._models.manager_of(model),)
        return None

    # --- classes

    def _of_class(self, resolver: Resolver, scope: Scope, name: str) -> Values | None:
        model = self._models.model(scope)
        if model is None:
            return None
        if name in {"_default_manager", "_base_manager"}:
            return (self._models.manager_of(model),)
        if name == DEFAULT or name in self._models.managers.names(model):
            return (Rows(scope, f"manager:{name}"),)
        return self._tree(resolver, model, name)

    # --- instances

    def _of_instance(self, resolver: Resolver, scope: Scope, name: str, after: Scope | None) -> Values | None:
        model = self._models.model(scope)
        if model is not None:
            return self._of_row(resolver, model, name)
        if self._models.managers.is_row_class(scope):
            return self._of_row_class(resolver, scope, name, after)
        if name in {"instance", "object", "object_list"} and not _defines(resolver, scope, name, after):
            return self._of_worker(resolver, scope, name)
        return None

    def _of_row(self, resolver: Resolver, model: Model, name: str) -> Values | None:
        relation = self._models.relations.accessor(model, name)
        if relation is not None:
            return self._related(relation)
        if name == "__class__":
            return (ClassValue(model.scope),)
        declared = model.fields.get(name)
        if declared is not None:
            if declared.kind is not FieldKind.COLUMN:
                return ()
            python = _PYTHON_TYPES.get(declared.type)
            return (External(python),) if python is not None else None
        if name in {"pk", "id"} or (name.endswith("_id") and name[:-3] in model.fields):
            return (External("builtins.int()"),)
        return self._tree(resolver, model, name)

    def _related(self, relation: Relation) -> Values:
        if relation.many:
            return (self._models.manager_of(relation.target, relation.identity),)
        return (self._models.instance_of(relation.target),)

    def _tree(self, resolver: Resolver, model: Model, name: str) -> Values | None:
        if name not in q.TREE_READS and name not in q.TREE_WRITES:
            return None
        in_tree = any(
            isinstance(path, str) and path.startswith(q.TREE_PACKAGES) for path in resolver.order(model.scope)
        )
        if not in_tree or _defines(resolver, model.scope, name, None):
            return None
        return (RowsMethod(Rows(model.scope, "tree"), name),)

    def _of_row_class(self, resolver: Resolver, scope: Scope, name: str, after: Scope | None) -> Values | None:
        """``self.filter()`` inside a manager or queryset of the program."""
        if _defines(resolver, scope, name, after):
            return None
        bound = self._bound(scope)
        if name == "model":
            return tuple(ClassValue(model.scope) for model, _ in bound) or None
        return tuple(RowsMethod(Rows(m.scope, f"queryset:{attribute}"), name) for m, attribute in bound) or None

    def _bound(self, scope: Scope) -> tuple[tuple[Model, str], ...]:
        bound = self._models.managers.models_of(scope)
        return bound if len(bound) <= _MAX_MODELS else ()

    def _of_worker(self, resolver: Resolver, scope: Scope, name: str) -> Values | None:
        """``form.instance``, ``view.object`` and ``view.object_list``, if the library sets them."""
        if self._working.is_form(resolver, scope):
            model = self._working.of_form(resolver, scope) if name == "instance" else None
        elif self._working.is_view(resolver, scope):
            model = self._working.of_view(resolver, scope) if name != "instance" else None
        else:
            return None
        if model is None:
            return None
        return (self._models.manager_of(model) if name == "object_list" else self._models.instance_of(model),)

    # --- rows

    def _of_rows(self, resolver: Resolver, rows: Rows, name: str) -> Values | None:
        if name == "model":
            return (ClassValue(rows.model),)
        model = self._models.model(rows.model)
        if model is None:
            return None
        kind, _, attribute = rows.shape.partition(":")
        source = self._models.managers.source(model, attribute)
        for scope in source.classes if kind == "manager" else source.queryset:
            if _defines(resolver, scope, name, None):
                return resolver.member(scope, name, on_class=False)
        return None

    def _query(self, rows: Rows, name: str) -> Values | None:
        """The result of calling a method of rows."""
        model = self._models.model(rows.model)
        if model is None:
            return None
        kind, _, attribute = rows.shape.partition(":")
        instance = InstanceValue(rows.model)
        if rows.shape == "tree":
            single = name in q.TREE_SINGLE
            return (instance,) if single else (self._models.manager_of(model),)
        if kind == "values" and name not in q.VALUES and (name in q.ONE_ROW or name in q.SEVERAL_ROWS):
            return ()
        if name in q.ONE_ROW or (name.startswith("get_") and name.endswith("_or_404")):
            return (instance,)
        if (result := _result_of(name, instance)) is not None:
            return result
        kind = "values" if name in q.VALUES or kind == "values" else "queryset"
        return (Rows(rows.model, f"{kind}:{attribute}", rows.related),)

    def _own_query(self, resolver: Resolver, callee: MethodValue) -> Values | None:
        """A method of the program's own queryset that returns the queryset."""
        values = resolver.returned(Frame(callee.scope, callee.receiver))
        bound = self._bound(callee.receiver)
        row_class = self._models.managers.is_row_class
        if not bound or not any(isinstance(value, InstanceValue) and row_class(value.scope) for value in values):
            return None
        rows = tuple(Rows(model.scope, f"queryset:{attribute}") for model, attribute in bound)
        return union(
            rows if isinstance(value, InstanceValue) and row_class(value.scope) else (value,) for value in values
        )

    # --- models of installed packages

    def _of_library(self, value: External, name: str) -> Values | None:
        model, rest = library_part(value.path)
        if model is None:
            return None
        if rest == "" and name in {DEFAULT, "_default_manager", "_base_manager"}:
            return (self._models.manager_of(model),)
        if rest == "()":
            relation = self._models.relations.accessor(model, name)
            if relation is not None:
                return self._related(relation)
        return None

    def _library_call(self, path: str) -> Values | None:
        rows = library_rows(path)
        if rows is None or not rows.method:
            return None
        name = rows.method
        instance = External(f"{rows.model.path}()")
        if name in q.ONE_ROW or name in {"create_user", "create_superuser", "get_by_natural_key", "get_current"}:
            return (instance,)
        if (result := _result_of(name, instance)) is not None:
            return result
        return (self._models.manager_of(rows.model, rows.related),)

    # --- shortcuts, views and loaders

    def _shortcut(self, resolver: Resolver, path: str, call: s.Call, frame: Frame) -> Values | None:
        if not path.endswith(_SHORTCUTS) or not call.arguments:
            return None
        found: list[Value] = []
        for value in resolver.evaluate(call.arguments[0], frame):
            model = self._models.model_of_value(value)
            if model is not None:
                instance = self._models.instance_of(model)
                found.append(Container((instance,)) if "list" in path.rpartition(".")[2] else instance)
        return tuple(dict.fromkeys(found)) or None

    def _of_view(self, resolver: Resolver, function: s.Attribute, frame: Frame) -> Values | None:
        """The results of a generic view's own methods and of saving a form."""
        name = function.name
        if name not in {"get_queryset", "get_object", "get_form", "get_serializer", "save", "filter_queryset"}:
            return None
        for owner in resolver.evaluate(function.value, frame):
            scope = _scope(owner)
            if scope is None:
                if name == "save" and (made := self._working.of_factory(resolver, owner)) is not None:
                    return (self._models.instance_of(made),)
                continue
            if name == "save":
                model = self._working.of_form(resolver, scope) if self._working.is_form(resolver, scope) else None
                return (self._models.instance_of(model),) if model is not None else None
            if not self._working.is_view(resolver, scope):
                continue
            if name in {"get_form", "get_serializer"}:
                return tuple(InstanceValue(form) for form in self._working.forms(resolver, scope)) or None
            return self._of_view_model(self._working.of_view(resolver, scope), name)
        return None

    def _of_view_model(self, model: AnyModel | None, name: str) -> Values | None:
        if model is None:
            return None
        return (self._models.instance_of(model) if name == "get_object" else self._models.manager_of(model),)

    def _load(self, callee: Value, call: s.Call, frame: Frame) -> Values | None:
        if self._loaders is None:
            if not self._models.indexing:
                return None
            self._loaders = Loaders(self._models.index)
        return self._loaders.loaded(callee, call, frame)


def _scope(value: Value) -> Scope | None:
    match value:
        case InstanceValue(scope=scope) | SuperValue(receiver=scope):
            return scope
        case _:
            return None


def _defines(resolver: Resolver, scope: Scope, name: str, after: Scope | None) -> bool:
    """Whether the program itself defines an attribute of a class (after `after` in the order of ancestors)."""
    order = resolver.order(scope)
    if after is not None and after in order:
        order = order[order.index(after) + 1 :]
    return any(
        isinstance(ancestor, Scope) and (name in ancestor.bindings or name in ancestor.attributes) for ancestor in order
    )


def _result_of(name: str, instance: Value) -> Values | None:
    """The result of a method that returns a row with a flag, several rows, or none; None for any other method."""
    if name in q.ROW_AND_FLAG:
        return (Record(((instance,), _FLAG)),)
    if name in q.SEVERAL_ROWS:
        return (Container((instance,)),)
    return () if name in q.NO_ROWS else None
