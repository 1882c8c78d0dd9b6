"""Table accesses of views in methods that they inherit from a library.

A class that only says ``model = Order`` reads and writes like one that spells everything out, but no function of the
program does it. The access is then kept under the method as the class has it: ``shop.views:OrderDelete.post``. Methods
that no class among the view's ancestors defines answer nothing and have no accesses.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from strangler.model.system import Call, Confidence, ModuleRole, TableAccess
from strangler_analyzers.frameworks.django.models.index import AnyModel
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.django.models.working_models import WorkingModels
from strangler_analyzers.frameworks.django.project import Projects
from strangler_analyzers.frameworks.django.queries.effects import DjangoEffects
from strangler_analyzers.linker.knowledge import Access, Effect, Runs
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope

_OWN_READS = ("get_queryset", "get_object")
_OWN_SAVES = ("form_valid", "forms_valid", "formset_valid", "perform_create", "perform_update")
_OWN_DELETES = ("form_valid", "delete", "perform_destroy", "destroy")
_READS_NOTHING = frozenset({"CreateView", "CreateAPIView", "FormView", "TemplateView", "RedirectView"})


class InheritedViews:
    """The effects of library methods in every view of the program."""

    def __init__(self, projects: Projects, models: DjangoModels, effects: DjangoEffects) -> None:
        self._projects = projects
        self._working = WorkingModels(models)
        self._effects = effects
        self._found: tuple[tuple[Scope, str, Effect], ...] | None = None

    def accesses(self, resolver: Resolver) -> Iterator[TableAccess]:
        """One record for each table and inherited method."""
        for view, method, effect in self._all(resolver):
            if isinstance(effect, Access):
                yield TableAccess(
                    f"{view.name}.{method}",
                    view.location,
                    0,
                    effect.table,
                    effect.mode,
                    effect.operation,
                    Confidence.LIKELY if effect.confidence is Confidence.CERTAIN else effect.confidence,
                )

    def calls(self, resolver: Resolver) -> Iterator[Call]:
        """The model's own `save` or `delete`, receivers of signals, hooks of its fields."""
        for view, method, effect in self._all(resolver):
            if isinstance(effect, Runs):
                yield Call(
                    f"{view.name}.{method}", view.location, 0, effect.function.name, effect.kind, effect.confidence
                )

    def effects(self, resolver: Resolver, view: Scope, methods: Collection[str]) -> Iterator[Effect]:
        """What the library does in some methods of one view that inherits them."""
        for scope, method, effect in self._all(resolver):
            if scope is view and method in methods:
                yield effect

    def _all(self, resolver: Resolver) -> tuple[tuple[Scope, str, Effect], ...]:
        if self._found is None:
            self._found = tuple(dict.fromkeys(self._every(resolver)))
        return self._found

    def _every(self, resolver: Resolver) -> Iterator[tuple[Scope, str, Effect]]:
        for scope in resolver.program.classes.values():
            if scope.module.role is ModuleRole.APPLICATION and self._working.is_view(resolver, scope):
                model = self._working.of_view(resolver, scope)
                if model is not None:
                    yield from self._of_view(resolver, scope, model)

    def _of_view(self, resolver: Resolver, view: Scope, model: AnyModel) -> Iterator[tuple[Scope, str, Effect]]:
        outside = [path for path in resolver.order(view) if isinstance(path, str)]
        reads = not _declares(resolver, view, _OWN_READS) and outside[0].rpartition(".")[2] not in _READS_NOTHING
        for method in self._projects.of(resolver).view(view).inherited_answers():
            for effect in self._effects.reads(model, method) if reads else ():
                yield view, method, effect
            for change in self._working.changes(resolver, view, method):
                if not _declares(resolver, view, _OWN_DELETES if change == "delete" else _OWN_SAVES):
                    for effect in self._effects.changes(resolver, view, model, change):
                        yield view, method, effect


def _declares(resolver: Resolver, view: Scope, names: tuple[str, ...]) -> bool:
    """Whether the program itself defines one of these methods of a view."""
    return any(
        isinstance(ancestor, Scope) and name in ancestor.bindings for ancestor in resolver.order(view) for name in names
    )
