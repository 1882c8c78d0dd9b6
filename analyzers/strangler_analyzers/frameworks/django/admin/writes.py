"""Table accesses by the admin's own code, which adds, changes and deletes rows of every registered model.

No function of the program does that, so each registration is an entry point that names the tables. They are those of
the model, of its inlines and of its many-to-many fields, and what goes along with a row that is deleted
(`ModelAdmin.save_model`, `save_related` and `delete_model`, Django 5.2).

Installed packages register models of their own: who deletes a user there deletes rows of the program along.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from strangler.model.system import AccessMode, EntryKind, EntryPoint
from strangler_analyzers.frameworks.django.admin.sites import AdminSites, Registration
from strangler_analyzers.frameworks.django.models.index import AnyModel, Model
from strangler_analyzers.frameworks.django.models.registry import DjangoModels
from strangler_analyzers.frameworks.django.queries.cascades import Cascades
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import ClassValue, Values

METHOD = "changeform_view"
"""The library method under which a registration's entry point is recorded."""
ADMIN = "django.contrib.admin"
REGISTERED = frozenset(
    (
        "django.contrib.auth.models.User",
        "django.contrib.auth.models.Group",
        "django.contrib.sites.models.Site",
        "django.contrib.flatpages.models.FlatPage",
        "django.contrib.redirects.models.Redirect",
        "rest_framework.authtoken.models.Token",
        "taggit.models.Tag",
        "oauth2_provider.models.Application",
    )
)
"""Models that their own packages register with the default site."""


class AdminWrites:
    """The tables that the admin's own code writes."""

    def __init__(self, models: DjangoModels, resolver: Resolver) -> None:
        self._models = models
        self._resolver = resolver
        self._cascades = Cascades(models)

    def entry_points(self, sites: AdminSites) -> Iterator[EntryPoint]:
        """One for each admin class of the program, and for each model that was registered without one."""
        found: dict[Scope, tuple[Registration, set[str]]] = {}
        for one in sites.registrations:
            model = None if one.model is None else self._models.model(one.model)
            subject = one.admin or one.model
            if model is not None and subject is not None:
                found.setdefault(subject, (one, set()))[1].update(self._written(one.admin, model))
        for subject, (one, tables) in found.items():
            location = one.location if one.admin is None else subject.location
            yield EntryPoint(
                EntryKind.ADMIN, subject.short_name, f"{subject.name}.{METHOD}", location, tuple(sorted(tables))
            )

    def installed(self, apps: Collection[str]) -> Iterator[EntryPoint]:
        """One for each model that an installed app registers itself, if deleting its rows cascades to the program's.

        Its place is the model of the program that refers to it first. A user model that the settings replace is not
        registered by its package.
        """
        if ADMIN not in {app.partition(".apps.")[0] for app in apps}:
            return
        for model in self._models.installed():
            package = model.path.rpartition(".models.")[0]
            if model.path not in REGISTERED or not any(app.partition(".apps.")[0] == package for app in apps):
                continue
            targets = (one.target for one in self._models.relations.pointing_to(model))
            referring = [one for one in targets if isinstance(one, Model)]
            if referring:
                place = min(referring, key=lambda one: one.key)
                module, _, name = model.path.rpartition(".")
                yield EntryPoint(
                    EntryKind.ADMIN,
                    f"{model.label}.{model.name}",
                    f"{module}:{name}.{METHOD}",
                    place.scope.location,
                    tuple(sorted({model.table, *self._deleted_along(model)})),
                )

    def _deleted_along(self, model: AnyModel) -> Iterator[str]:
        return (access.table for access in self._cascades.of(model) if access.mode is AccessMode.WRITE)

    def _written(self, admin: Scope | None, model: Model) -> Iterator[str]:
        for edited in (model, *self._inlines(admin)):
            yield from (row.table for row in self._models.rows_of(edited))
            if isinstance(edited, Model):
                for relation in self._models.relations.own(edited):
                    if relation.through and relation.through_model is None:
                        yield relation.through
            yield from self._deleted_along(edited)

    def _inlines(self, admin: Scope | None) -> Iterator[AnyModel]:
        for inline in self._classes(admin, "inlines"):
            for value in self._members(inline, "model"):
                if (model := self._models.model_of_value(value)) is not None:
                    yield model

    def _classes(self, admin: Scope | None, name: str) -> Iterator[Scope]:
        for value in () if admin is None else self._members(admin, name):
            for element in self._resolver.elements(value):
                if isinstance(element, ClassValue):
                    yield element.scope

    def _members(self, scope: Scope, name: str) -> Values:
        ancestors = self._resolver.order(scope)
        if any(isinstance(ancestor, Scope) and name in ancestor.bindings for ancestor in ancestors):
            return self._resolver.member(scope, name, on_class=True)
        return ()
