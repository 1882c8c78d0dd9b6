"""Which installed app a module belongs to, and by what label Django knows it."""

from __future__ import annotations

from dataclasses import dataclass

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.configuration.project_settings import ProjectSettings
from strangler_analyzers.frameworks.django.evaluation.constants import member_string
from strangler_analyzers.linker.program import Scope
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.source import syntax as s

_CONFIG_NAMES = ("AppConfig", "PluginConfig")


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """A package that Django loads models from."""

    package: str
    label: str
    auto_field: str = ""
    """The type of primary keys that are not declared, if the app says so."""


class AppLabels:
    """Finds apps by their AppConfig classes, by INSTALLED_APPS, and by the modules they consist of.

    The rule is that of `django.apps.registry.Apps.get_containing_app_config`: the innermost installed package.
    """

    def __init__(self, resolver: Resolver, settings: ProjectSettings) -> None:
        self._resolver = resolver
        self._apps: dict[str, InstalledApp] = {}
        for scope in resolver.program.classes.values():
            if _names_a_config(scope) and self._is_config(scope):
                self._add_config(scope)
        for name in settings.texts("INSTALLED_APPS"):
            if name not in self._apps and resolver.program.is_module(name):
                self._apps[name] = InstalledApp(name, name.rpartition(".")[2])
        self._packages: dict[str, list[str]] = {}
        for app in self._apps.values():
            self._packages.setdefault(app.label, []).append(app.package)

    def of(self, module: str) -> InstalledApp:
        """The app a module belongs to."""
        own = _before_models(module)
        for package in _prefixes(module):
            app = self._apps.get(package)
            if app is not None:
                return app
            if package == own and self._resolver.program.is_module(f"{package}.migrations"):
                break
        return InstalledApp(own, own.rpartition(".")[2])

    def packages(self, label: str) -> tuple[str, ...]:
        """The packages of the apps with a label."""
        return tuple(self._packages.get(label, ()))

    def _is_config(self, scope: Scope) -> bool:
        return scope.module.role is ModuleRole.APPLICATION and any(
            isinstance(ancestor, str) and ancestor.endswith(_CONFIG_NAMES) for ancestor in self._resolver.order(scope)
        )

    def _add_config(self, scope: Scope) -> None:
        if not any("name" in ancestor.bindings for ancestor in self._program_order(scope)):
            return
        package = self._text(scope, "name")
        if package is None or not self._resolver.program.is_module(package):
            package = scope.module.name if scope.module.is_package else scope.module.name.rpartition(".")[0]
        label = self._text(scope, "label") or package.rpartition(".")[2]
        auto_field = (self._text(scope, "default_auto_field") or "").rpartition(".")[2]
        self._apps.setdefault(package, InstalledApp(package, label, auto_field))

    def _program_order(self, scope: Scope) -> tuple[Scope, ...]:
        return tuple(ancestor for ancestor in self._resolver.order(scope) if isinstance(ancestor, Scope))

    def _text(self, scope: Scope, name: str) -> str | None:
        if not any(name in ancestor.bindings for ancestor in self._program_order(scope)):
            return None
        return member_string(self._resolver.member(scope, name, on_class=True))


def _names_a_config(scope: Scope) -> bool:
    """Whether a class may be an AppConfig by what its bases are called."""
    return isinstance(scope.node, s.Class) and any(
        (s.dotted(base) or "").endswith("Config") for base in scope.node.bases
    )


def _prefixes(module: str) -> tuple[str, ...]:
    """The module and the packages it lies in, innermost first."""
    parts = module.split(".")
    return tuple(".".join(parts[:length]) for length in range(len(parts), 0, -1))


def _before_models(module: str) -> str:
    """What stands before ``models`` in a module's name, else its package."""
    parts = module.split(".")
    if "models" in parts[1:]:
        return ".".join(parts[: parts.index("models", 1)])
    return ".".join(parts[:-1]) or module
