"""Admin classes as entry points, and the URLs they add to those of their site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from strangler.model.location import Location
from strangler.model.system import EntryKind, EntryPoint, ModuleRole
from strangler_analyzers.frameworks.django.evaluation.places import Item, Place
from strangler_analyzers.frameworks.django.models.library_models import by_path
from strangler_analyzers.frameworks.django.project import Project
from strangler_analyzers.frameworks.django.urls.urlconf import ForeignUrls, Prefix, UrlConf, UrlPattern
from strangler_analyzers.frameworks.methods import nearest_methods
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import (
    ClassValue,
    Container,
    External,
    Frame,
    InstanceValue,
    SequenceValue,
    Value,
)
from strangler_analyzers.source import syntax as s

_SITE_BASES = ("AdminSite",)
_PAGES = {
    "changelist_view": "",
    "add_view": "add/",
    "history_view": "{object_id:path}/history/",
    "delete_view": "{object_id:path}/delete/",
    "change_view": "{object_id:path}/change/",
}
"""The methods behind the pages of a model, and their paths: `django.contrib.admin.options.ModelAdmin.get_urls`."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A model on an admin site: `admin` is None for the library's own class, `model` None outside the program."""

    admin: Scope | None
    model: Scope | None
    location: Location
    installed: str = ""
    """The dotted path of a model of an installed package: ``django.contrib.auth.models.User``."""


class AdminSites:
    """The admin classes of a project, with the models they are registered for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._resolver = project.resolver
        self._lists = project.lists
        self.registrations: tuple[Registration, ...] = tuple(dict.fromkeys(self._registrations()))

    def entry_points(self) -> Iterator[EntryPoint]:
        """Every method that an admin class of the program adds or overrides: the site runs it for a request."""
        for scope in dict.fromkeys(one.admin for one in self.registrations if one.admin is not None):
            for ancestor in self._resolver.order(scope):
                if isinstance(ancestor, Scope):
                    for child in ancestor.children:
                        if child.is_function:
                            name = f"{scope.short_name}.{child.short_name}"
                            yield EntryPoint(EntryKind.ADMIN, name, child.name, child.location)

    def patterns(self, urls: ForeignUrls) -> Iterator[UrlPattern]:
        """The URLs that the program's own ``get_urls`` methods add below a site, and the pages it answers itself."""
        values = self._lists.values(urls.owner.expression, urls.owner.place)
        is_site = any(isinstance(value, External) and "admin" in value.path for value in values)
        sites = [value.scope for value in values if isinstance(value, InstanceValue) and self._is_site(value.scope)]
        if not is_site and not sites:
            return
        urlconf = UrlConf(self._lists)
        prefix = replace(urls.prefix, namespaces=(*urls.prefix.namespaces, "admin"))
        for site in sites:
            for method in nearest_methods(self._resolver, site, "get_urls"):
                urlconf.method(method, site, prefix)
        for one in self.registrations:
            pages = self._pages_of(one)
            if pages is None or one.admin is None:
                continue
            inner = replace(prefix, path=f"{prefix.path}{pages}")
            for method in nearest_methods(self._resolver, one.admin, "get_urls"):
                urlconf.method(method, one.admin, inner)
            urlconf.patterns += self._own_pages(one.admin, inner)
        yield from urlconf.patterns

    def _pages_of(self, one: Registration) -> str | None:
        """The path below a site of a model's pages: its app's label and its name."""
        if one.model is not None:
            return f"{self._project.apps.of(one.model.module.name).label}/{one.model.short_name.lower()}/"
        installed = by_path(one.installed)
        return None if installed is None else f"{installed.label}/{installed.name.lower()}/"

    def _own_pages(self, admin: Scope, prefix: Prefix) -> Iterator[UrlPattern]:
        """The pages of a model whose methods the program overrides."""
        for name, path in _PAGES.items():
            for method in nearest_methods(self._resolver, admin, name):
                view = s.Attribute(s.Name(method.first_parameter() or "self"), name, method.location.line)
                page = "/" + (prefix.path + path).lstrip("/")
                yield UrlPattern(page, "", Item(view, Place(Frame(method, admin))), method.location)

    def _is_site(self, scope: Scope) -> bool:
        return any(isinstance(a, str) and a.endswith(_SITE_BASES) for a in self._resolver.order(scope))

    # --- registrations

    def _registrations(self) -> Iterator[Registration]:
        for unit in self._resolver.program.units.values():
            if unit.role is not ModuleRole.APPLICATION:
                continue
            pending = [unit.scope]
            while pending:
                scope = pending.pop(0)
                pending.extend(scope.children)
                if isinstance(scope.node, s.Class):
                    yield from self._decorated(scope, scope.node)
        for scope, call in self._project.mentions.registrations:
            yield from self._called(call, Frame(scope))

    def _decorated(self, scope: Scope, node: s.Class) -> Iterator[Registration]:
        """``@admin.register(Model, ...)``."""
        frame = Frame(scope.parent or scope)
        for decorator in node.decorators:
            if isinstance(decorator, s.Call) and self._is_registration(decorator, frame):
                models = [model for argument in decorator.arguments for model in self._models(argument, frame)]
                for model in models or [""]:
                    yield _registration(scope, model, scope.location)

    def _called(self, call: s.Call, frame: Frame) -> Iterator[Registration]:
        """``admin.site.register(Model, ModelAdmin)``."""
        if not self._is_registration(call, frame):
            return
        location = frame.scope.module.at(call.line)
        models = list(self._models(call.arguments[0], frame)) if call.arguments else []
        admin_class = call.argument(1, "admin_class")
        if admin_class is None:
            yield from (_registration(None, model, location) for model in models if isinstance(model, Scope))
            return
        for value in self._resolver.evaluate(admin_class, frame):
            if isinstance(value, ClassValue):
                for model in models or [""]:
                    yield _registration(value.scope, model, location)

    def _is_registration(self, call: s.Call, frame: Frame) -> bool:
        for value in self._resolver.evaluate(call.function, frame):
            if isinstance(value, External) and value.path.endswith(".register") and "admin" in value.path:
                return True
        if isinstance(call.function, s.Attribute):
            owners = self._resolver.evaluate(call.function.value, frame)
            return any(isinstance(owner, InstanceValue) and self._is_site(owner.scope) for owner in owners)
        return False

    def _models(self, expression: s.Expression, frame: Frame) -> Iterator[Scope | str]:
        """The classes of the program, and the dotted paths of those of installed packages."""
        for value in self._resolver.evaluate(expression, frame):
            yield from _classes(
                self._resolver.elements(value) if isinstance(value, SequenceValue | Container) else (value,)
            )


def _classes(values: tuple[Value, ...]) -> Iterator[Scope | str]:
    for value in values:
        if isinstance(value, ClassValue):
            yield value.scope
        elif isinstance(value, External):
            yield value.path


def _registration(admin: Scope | None, model: Scope | str, location: Location) -> Registration:
    if isinstance(model, Scope):
        return Registration(admin, model, location)
    return Registration(admin, None, location, model)
