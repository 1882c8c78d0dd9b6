"""The models of one program, as the other rules use them."""

from __future__ import annotations

from strangler.model.tables import Table
from strangler_analyzers.frameworks.django.models.fields import FORWARD
from strangler_analyzers.frameworks.django.models.generated_tables import generated_tables
from strangler_analyzers.frameworks.django.models.index import AnyModel, Model, ModelIndex
from strangler_analyzers.frameworks.django.models.library_models import LibraryModel, library_part, rows_path
from strangler_analyzers.frameworks.django.models.managers import Managers
from strangler_analyzers.frameworks.django.models.relations import Relations
from strangler_analyzers.frameworks.django.models.tables import library_tables, model_tables, through_tables
from strangler_analyzers.frameworks.django.project import Projects
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, External, InstanceValue, Rows, RowsMethod, SuperValue, Value


class DjangoModels:
    """Models, relations and managers, read on first use of their resolver; an instance serves one resolver."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects
        self._index: ModelIndex | None = None
        self._relations: Relations | None = None
        self._managers: Managers | None = None
        self._used: dict[str, LibraryModel] = {}

    def prepare(self, resolver: Resolver) -> None:
        """Read every model of the program."""
        if self._index is None:
            project = self._projects.ready(resolver) or self._projects.of(resolver)
            self._index = ModelIndex(resolver, project.settings, project.apps)
            self._index.build()
            self._relations = Relations(self._index)
            self._managers = Managers(self._index)

    @property
    def ready(self) -> bool:
        """Whether everything has been read; until then, questions about models have no answer."""
        return self._managers is not None

    @property
    def indexing(self) -> bool:
        """Whether models can be looked up by name, which is possible once the index has been started."""
        return self._index is not None

    @property
    def index(self) -> ModelIndex:
        """The models by class and by name."""
        assert self._index is not None, "the resolver prepares its knowledge"
        return self._index

    @property
    def relations(self) -> Relations:
        """The relations between models."""
        assert self._relations is not None, "the resolver prepares its knowledge"
        return self._relations

    @property
    def managers(self) -> Managers:
        """The managers of models."""
        assert self._managers is not None, "the resolver prepares its knowledge"
        return self._managers

    def tables(self, resolver: Resolver) -> tuple[Table, ...]:
        """The tables of the program's models, and those of installed packages that it refers to."""
        self.prepare(resolver)
        own = model_tables(self.index)
        installed = [table for model in self.installed() for table in library_tables(model)]
        return (*own.values(), *through_tables(self.index), *generated_tables(self.index, own), *installed)

    def model(self, scope: Scope) -> Model | None:
        """The model a class is."""
        return self.index.of(scope) if self.ready else None

    def instance_of(self, model: AnyModel) -> Value:
        """One row of a model, as the linker sees it."""
        return InstanceValue(model.scope) if isinstance(model, Model) else External(f"{model.path}()")

    def manager_of(self, model: AnyModel, related: str = "") -> Value:
        """A model's default manager; `related` is the relation it is reached through."""
        if isinstance(model, LibraryModel):
            return External(rows_path(model, related))
        return Rows(model.scope, f"manager:{self.managers.default(model)}", related)

    def model_of_value(self, value: Value) -> AnyModel | None:
        """The model a class, an instance or rows belong to."""
        match value:
            case ClassValue(scope=scope) | InstanceValue(scope=scope) | SuperValue(receiver=scope):
                return self.model(scope)
            case Rows(model=scope):
                return self.model(scope)
            case RowsMethod(rows=rows):
                return self.model(rows.model)
            case External(path=path):
                return library_part(path)[0]
            case _:
                return None

    def rows_of(self, model: AnyModel) -> tuple[AnyModel, ...]:
        """The models whose tables hold an instance's data, including the ones it extends."""
        if isinstance(model, LibraryModel):
            self._used.setdefault(model.table, model)
            return (model,)
        found: dict[str, AnyModel] = {}
        pending: list[AnyModel] = list(self.index.concrete(model))
        for item in pending:
            if item.key not in found:
                found[item.key] = item
                if isinstance(item, LibraryModel):
                    self._used.setdefault(item.table, item)
                else:
                    pending.extend(item.parents.values())
        return tuple(found.values())

    def installed(self) -> list[LibraryModel]:
        """Models of installed packages that the program's models or queries refer to."""
        found = dict(self._used)
        for model in self.index.all():
            if not model.has_table:
                continue
            for parent in model.parents.values():
                if isinstance(parent, LibraryModel):
                    found.setdefault(parent.table, parent)
            for field in model.fields.values():
                target = self.index.target(model, field) if field.kind in FORWARD or field.target_label else None
                if isinstance(target, LibraryModel):
                    found.setdefault(target.table, target)
        return [found[name] for name in sorted(found)]
