"""Management commands and scheduled jobs: entry points without a request."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import EntryKind, EntryPoint, ModuleRole
from strangler_analyzers.frameworks.django.project import Project
from strangler_analyzers.frameworks.methods import own_method
from strangler_analyzers.linker.scope import Scope, Unit
from strangler_analyzers.linker.values import ClassValue, FunctionValue
from strangler_analyzers.source import syntax as s

_HANDLERS = ("handle", "handle_label", "handle_app_config", "handle_noargs")
_CRON_BASES = frozenset({"django_cron.CronJobBase", "django_cron.core.CronJobBase"})


def commands(project: Project) -> Iterator[EntryPoint]:
    """``manage.py NAME`` for every module in ``management/commands``: `django.core.management.find_commands`."""
    for unit in project.resolver.program.units.values():
        parts = unit.name.split(".")
        if len(parts) < 3 or parts[-3:-1] != ["management", "commands"] or parts[-1].startswith("_") or unit.is_package:
            continue
        if unit.role is not ModuleRole.TEST:
            for function in _handlers(project, unit):
                yield EntryPoint(EntryKind.COMMAND, parts[-1], function.name, function.location)


def _handlers(project: Project, unit: Unit) -> Iterator[Scope]:
    for value in project.resolver.module_member(unit.name, "Command"):
        if isinstance(value, ClassValue):
            for name in _HANDLERS:
                if (function := own_method(project.resolver, value.scope, name)) is not None:
                    yield function
                    return


def scheduled_jobs(project: Project) -> Iterator[EntryPoint]:
    """Jobs of django-crontab (``CRONJOBS``) and django-cron (classes with ``do``)."""
    for text in _crontab(project):
        module, _, name = text.rpartition(".")
        for value in project.resolver.module_member(module, name) if module else ():
            if isinstance(value, FunctionValue):
                yield EntryPoint(EntryKind.SCHEDULE, name, value.scope.name, value.scope.location)
    for scope in project.resolver.program.classes.values():
        if scope.module.role is ModuleRole.APPLICATION and project.resolver.inherits(scope, _CRON_BASES):
            function = own_method(project.resolver, scope, "do")
            if function is not None:
                yield EntryPoint(EntryKind.SCHEDULE, scope.short_name, function.name, function.location)


def _crontab(project: Project) -> Iterator[str]:
    """The functions named in ``CRONJOBS = [("*/5 * * * *", "shop.cron.sync"), ...]``."""
    for scope in project.settings.scopes[:1]:
        for item in project.lists.of_module(scope.module.name, "CRONJOBS"):
            if isinstance(item.expression, s.Sequence) and len(item.expression.elements) > 1:
                text = project.lists.text(item.expression.elements[1], item.place)
                if text is not None:
                    yield text
