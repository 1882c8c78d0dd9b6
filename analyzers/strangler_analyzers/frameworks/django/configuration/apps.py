"""The apps of a project: the installed app of each module, its label, and its AppConfig."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.configuration.settings import Settings
from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.frameworks.django.evaluation.places import Place
from strangler_analyzers.linker.scope import Assigned, Scope
from strangler_analyzers.linker.values import Frame
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s

_CONFIG_NAMES = ("AppConfig", "PluginConfig")


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """A package that Django loads models from."""

    package: str
    label: str
    auto_field: str = ""
    """The type of implicit primary keys, if the app declares one."""
    config: Scope | None = None
    """The AppConfig class, if the app has one."""


class Apps:
    """Finds apps by AppConfig classes, INSTALLED_APPS, and modules."""

    def __init__(self, lists: Lists, settings: Settings) -> None:
        self._lists = lists
        self._resolver = lists.resolver
        self._installed = settings.texts("INSTALLED_APPS")
        configured = tuple(self._configured())
        self._by_label = self._chosen(configured, lambda app: app.label)
        self._by_package = self._chosen(configured, lambda app: app.package)
        for name in self._installed:
            if name not in self._by_package and self._resolver.program.is_module(name):
                self._by_package[name] = InstalledApp(name, name.rpartition(".")[2])
        self._packages: dict[str, list[str]] = {}
        for app in self._by_package.values():
            self._packages.setdefault(app.label, []).append(app.package)

    def of(self, module: str) -> InstalledApp:
        """The app a module belongs to: that of the innermost installed package, else of the package it lies in.

        The rule is that of `django.apps.registry.Apps.get_containing_app_config`.
        """
        own = _before_models(module)
        for package in _prefixes(module):
            app = self._by_package.get(package)
            if app is not None:
                return app
            if package == own and self._resolver.program.is_module(f"{package}.migrations"):
                break
        return InstalledApp(own, own.rpartition(".")[2])

    def packages(self, label: str) -> tuple[str, ...]:
        """The packages of the apps with a label."""
        return tuple(self._packages.get(label, ()))

    def config(self, label: str) -> Scope | None:
        """The AppConfig class of the app with a label."""
        app = self._by_label.get(label)
        return app.config if app is not None else None

    def label_of(self, config: Scope) -> str | None:
        """The app label of an AppConfig class."""
        return next((app.label for app in self._by_label.values() if app.config is config), None)

    def configs(self) -> Iterator[Scope]:
        """One AppConfig class for each app, ordered by label."""
        for label in sorted(self._by_label):
            if (config := self._by_label[label].config) is not None:
                yield config

    # --- reading

    def _configured(self) -> Iterator[InstalledApp]:
        configs = self._configs()
        for scope in self._resolver.program.classes.values():
            if scope in configs and any(self._bindings(scope, "name")):
                yield self._app(scope)

    def _configs(self) -> set[Scope]:
        """The AppConfig classes: those whose bases are called so, then those that extend them.

        No other class is asked for its ancestors here: those may be loaded from apps, which are not known yet.
        """
        configs: set[Scope] = set()
        names: set[str] = set()
        while True:
            found = {
                scope
                for scope in self._resolver.program.classes.values()
                if scope not in configs and _may_be_config(scope, names) and self._is_config(scope)
            }
            if not found:
                return configs
            configs |= found
            names |= {scope.short_name for scope in found}

    def _is_config(self, scope: Scope) -> bool:
        return scope.module.role is ModuleRole.APPLICATION and any(
            isinstance(ancestor, str) and ancestor.endswith(_CONFIG_NAMES) for ancestor in self._resolver.order(scope)
        )

    def _app(self, config: Scope) -> InstalledApp:
        package = self._text(config, "name")
        if package is None or not self._resolver.program.is_module(package):
            package = config.module.name if config.module.is_package else config.module.name.rpartition(".")[0]
        label = self._text(config, "label") or package.rpartition(".")[2]
        auto_field = (self._text(config, "default_auto_field") or "").rpartition(".")[2]
        return InstalledApp(package, label, auto_field, config)

    def _text(self, config: Scope, name: str) -> str | None:
        for expression, ancestor in self._bindings(config, name):
            text = self._lists.text(expression, Place(Frame(ancestor)))
            if text is not None:
                return text
        return None

    def _bindings(self, config: Scope, name: str) -> Iterator[tuple[s.Expression, Scope]]:
        """The values that a class and its ancestors assign to an attribute, nearest first."""
        for ancestor in self._resolver.order(config):
            if isinstance(ancestor, Scope):
                for binding in ancestor.bindings.get(name, ()):
                    if isinstance(binding, Assigned):
                        yield binding.expression, ancestor

    def _chosen(self, apps: Iterable[InstalledApp], key: Callable[[InstalledApp], str]) -> dict[str, InstalledApp]:
        """One app a key: the class INSTALLED_APPS names, else the most derived; of several the ``default = True`` one.

        The rule is that of `django.apps.config.AppConfig.create`.
        """
        candidates: dict[str, dict[Scope, InstalledApp]] = {}
        for app in apps:
            if app.config is not None:
                candidates.setdefault(key(app), {})[app.config] = app
        return {name: found[self._choice(tuple(found))] for name, found in candidates.items()}

    def _choice(self, configs: tuple[Scope, ...]) -> Scope:
        for scope in configs:
            if scope.name.replace(":", ".") in self._installed:
                return scope
        derived = [
            scope
            for scope in configs
            if not any(other is not scope and scope in self._resolver.order(other) for other in configs)
        ]
        for scope in derived:
            if any(_is_true(expression) for expression, _ in self._bindings(scope, "default")):
                return scope
        return (derived or configs)[0]


def _may_be_config(scope: Scope, names: set[str]) -> bool:
    """Whether a class may be an AppConfig, judged by the names of its bases."""
    bases = [spelling.dotted(base) or "" for base in scope.node.bases] if isinstance(scope.node, s.Class) else []
    return any(base.endswith("Config") or base.rpartition(".")[2] in names for base in bases)


def _is_true(expression: s.Expression) -> bool:
    return isinstance(expression, s.Constant) and expression.value is True


def _prefixes(module: str) -> tuple[str, ...]:
    """The module and its packages, innermost first."""
    parts = module.split(".")
    return tuple(".".join(parts[:length]) for length in range(len(parts), 0, -1))


def _before_models(module: str) -> str:
    """The part before ``models`` in a module's name, else its package."""
    parts = module.split(".")
    if "models" in parts[1:]:
        return ".".join(parts[: parts.index("models", 1)])
    return ".".join(parts[:-1]) or module
