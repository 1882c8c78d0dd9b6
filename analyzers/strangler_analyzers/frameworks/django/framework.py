"""Django as a framework of the analysis."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.system import Call, EntryPoint, Route, TableAccess
from strangler.model.tables import Table
from strangler_analyzers.frameworks.django.admin.sites import AdminSites
from strangler_analyzers.frameworks.django.admin.writes import AdminWrites
from strangler_analyzers.frameworks.django.app_registry import AppRegistry
from strangler_analyzers.frameworks.django.commands import commands, scheduled_jobs
from strangler_analyzers.frameworks.django.lazy_objects import LazyObjects
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.django.project import Projects
from strangler_analyzers.frameworks.django.queries.effects import DjangoEffects
from strangler_analyzers.frameworks.django.queries.instances import Instances
from strangler_analyzers.frameworks.django.queries.orm import DjangoOrm
from strangler_analyzers.frameworks.django.routes import Routes
from strangler_analyzers.frameworks.django.serving.called_views import CalledViews
from strangler_analyzers.frameworks.django.serving.dispatching import Dispatching
from strangler_analyzers.frameworks.django.serving.hooks import ViewHooks
from strangler_analyzers.frameworks.django.serving.inherited_views import InheritedViews
from strangler_analyzers.frameworks.django.serving.lazy_attributes import LazyAttributes
from strangler_analyzers.frameworks.django.serving.requests import Requests
from strangler_analyzers.frameworks.django.templates.form_choices import FormChoices
from strangler_analyzers.frameworks.django.templates.responses import TemplateResponses
from strangler_analyzers.frameworks.django.templates.shortcuts import Templates
from strangler_analyzers.frameworks.framework import Framework, imports_any
from strangler_analyzers.frameworks.web_packages import DJANGO
from strangler_analyzers.linker.knowledge import EffectRule, Knowledge
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver


class Django(Framework):
    """Routes, entry points and values of Django, Django REST framework and the generic views of their ecosystem."""

    name = "django"

    def __init__(self, settings: str | None = None, urlconf: str | None = None) -> None:
        self._projects = Projects(settings, urlconf)
        self._models = DjangoModels(self._projects)
        self._model_effects = DjangoEffects(self._models)
        self._lazy = LazyAttributes(self._projects)
        choices = FormChoices(self._models, self._model_effects)
        shown = (self._model_effects, ViewHooks(self._projects), choices, self._lazy)
        self._templates = Templates(self._projects, self._models, shown)
        self._inherited = InheritedViews(self._projects, self._models, self._model_effects)
        self._rendered: TemplateResponses | None = None

    def present(self, program: Program) -> bool:
        """Whether any module imports Django."""
        return imports_any(program, DJANGO)

    def knowledge(self) -> Iterable[Knowledge]:
        """The behaviour of Django's values."""
        return (AppRegistry(self._projects), LazyObjects(), Requests(self._projects), DjangoOrm(self._models))

    def effects(self) -> Iterable[EffectRule]:
        """The effects of queries, instances and signals, and the methods of views and forms that a library calls."""
        instances = Instances(self._models, self._model_effects.hooks)
        called = CalledViews(self._projects, self._inherited)
        views = (ViewHooks(self._projects), called, Dispatching(self._projects), self._lazy)
        return (self._model_effects, instances, *views, self._templates)

    def tables(self, resolver: Resolver) -> Iterable[Table]:
        """The tables of the program's models."""
        return self._models.tables(resolver)

    def accesses(self, resolver: Resolver) -> Iterable[TableAccess]:
        """The table accesses of generic views in methods that the program only inherits."""
        yield from self._inherited.accesses(resolver)
        yield from self._responses(resolver).accesses()

    def calls(self, resolver: Resolver) -> Iterable[Call]:
        """The program's functions that generic views and templates run."""
        yield from self._inherited.calls(resolver)
        yield from self._responses(resolver).calls()

    def _responses(self, resolver: Resolver) -> TemplateResponses:
        if self._rendered is None:
            self._rendered = self._templates.responses(resolver)
        return self._rendered

    def routes(self, resolver: Resolver) -> Iterable[Route]:
        """The routes whose views are the program's own."""
        rendered = (call.caller for call in self.calls(resolver))
        inherited = frozenset((*(access.function for access in self.accesses(resolver)), *rendered))
        return Routes(self._projects.of(resolver), inherited).all()

    def entry_points(self, resolver: Resolver) -> Iterable[EntryPoint]:
        """Management commands, scheduled jobs, the admin with the program's additions, and signal receivers."""
        project = self._projects.of(resolver)
        yield from commands(project)
        yield from scheduled_jobs(project)
        sites = AdminSites(project)
        yield from sites.entry_points()
        writes = AdminWrites(self._models, resolver)
        yield from writes.entry_points(sites)
        yield from writes.installed(project.settings.texts("INSTALLED_APPS"))
        yield from self._model_effects.signals(resolver).entry_points()
