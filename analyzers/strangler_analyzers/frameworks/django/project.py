"""One program as a Django project: its settings, apps and routers, each read on first use."""

from __future__ import annotations

from functools import cached_property

from strangler_analyzers.frameworks.django.configuration.apps import Apps
from strangler_analyzers.frameworks.django.configuration.settings import Settings, class_named
from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.frameworks.django.mentions import MENTIONS, Mentions
from strangler_analyzers.frameworks.django.routers import Routers
from strangler_analyzers.frameworks.django.views.view_class import ViewClass
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope


class Project:
    """The state that the parts of the Django support share for one resolver.

    The modules of the settings and of the root URLs are found unless they are declared.
    """

    def __init__(self, resolver: Resolver, settings: str | None = None, urlconf: str | None = None) -> None:
        self.resolver = resolver
        self._declared = (settings, urlconf)
        self.lists = Lists(resolver)
        self._views: dict[Scope, ViewClass] = {}

    @cached_property
    def settings(self) -> Settings:
        """The project's settings."""
        return Settings(self.lists, *self._declared)

    @cached_property
    def apps(self) -> Apps:
        """The project's apps."""
        return Apps(self.lists, self.settings)

    @cached_property
    def mentions(self) -> Mentions:
        """What the program declares by calls and assignments."""
        return MENTIONS.of(self.resolver.program)

    @cached_property
    def routers(self) -> Routers:
        """The project's routers of Django REST framework."""
        return Routers(self.lists, self.mentions)

    @cached_property
    def user_model(self) -> Scope | None:
        """The class that AUTH_USER_MODEL names, if it is the program's own."""
        setting = self.settings.text("AUTH_USER_MODEL")
        if setting is None or "." not in setting:
            return None
        label, _, name = setting.rpartition(".")
        if (found := class_named(self.lists, setting)) is not None:
            return found
        for scope in self.resolver.program.classes.values():
            if scope.qualname == name and self.apps.of(scope.module.name).label == label:
                return scope
        return None

    def view(self, scope: Scope) -> ViewClass:
        """A class seen as a view."""
        if scope not in self._views:
            self._views[scope] = ViewClass(self.lists, self.mentions, scope)
        return self._views[scope]


class Projects:
    """The project of the resolver in use; while it is being read, the answer is None, to avoid recursion."""

    def __init__(self, settings: str | None = None, urlconf: str | None = None) -> None:
        self._declared = (settings, urlconf)
        self._project: Project | None = None
        self._reading = False

    def of(self, resolver: Resolver) -> Project:
        """The project, completely read."""
        if self._project is None or self._project.resolver is not resolver:
            self._project = Project(resolver, *self._declared)
        return self._project

    def ready(self, resolver: Resolver) -> Project | None:
        """The project with settings and apps read; None while they are being read."""
        if self._reading:
            return None
        project = self.of(resolver)
        self._reading = True
        try:
            _ = project.apps
        finally:
            self._reading = False
        return project
