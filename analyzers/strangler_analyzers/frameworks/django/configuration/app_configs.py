"""The AppConfig classes of a program: which one stands for which app label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.configuration.settings import Settings
from strangler_analyzers.frameworks.django.evaluation.lists import Lists
from strangler_analyzers.frameworks.django.evaluation.places import Place
from strangler_analyzers.linker.program import Assigned, Scope
from strangler_analyzers.linker.values import ConstantValue, Frame
from strangler_analyzers.source import syntax as s

_CONFIG = frozenset({"django.apps.AppConfig", "django.apps.config.AppConfig"})


class AppConfigs:
    """Finds the class Django would use for an app.

    The rule of `django.apps.config.AppConfig.create`: the class INSTALLED_APPS names, else the one with
    ``default = True``; where that leaves several, the most derived.
    """

    def __init__(self, lists: Lists, settings: Settings) -> None:
        self._lists = lists
        self._resolver = lists.resolver
        self._installed = settings.texts("INSTALLED_APPS")
        by_label: dict[str, list[Scope]] = {}
        for scope in self._resolver.program.classes.values():
            if scope.module.role is not ModuleRole.TEST and self._resolver.inherits(scope, _CONFIG):
                label = self.label(scope)
                if label is not None:
                    by_label.setdefault(label, []).append(scope)
        self._by_label = {label: self._chosen(candidates) for label, candidates in by_label.items()}

    def with_label(self, label: str) -> Scope | None:
        """The class of the app with a label."""
        return self._by_label.get(label)

    def all(self) -> Iterator[Scope]:
        """One class an app, in the order of their labels."""
        yield from (self._by_label[label] for label in sorted(self._by_label))

    def package(self, scope: Scope) -> str | None:
        """The package an AppConfig stands for."""
        return self._text(scope, "name")

    def label(self, scope: Scope) -> str | None:
        """The label an AppConfig gives its app; None for a base class that names no app."""
        package = self.package(scope)
        return self._text(scope, "label") or (package.rpartition(".")[2] if package is not None else None)

    def label_of(self, module: str) -> str:
        """The label of the app a module belongs to: the innermost package with a config, else its own package."""
        best = ""
        label = (module.rpartition(".models")[0] or module.rpartition(".")[0] or module).rpartition(".")[2]
        for scope in self._by_label.values():
            package = self.package(scope) or ""
            if len(package) > len(best) and (module == package or module.startswith(f"{package}.")):
                best, label = package, self.label(scope) or label
        return label

    def _text(self, scope: Scope, name: str) -> str | None:
        for ancestor in self._resolver.order(scope):
            if not isinstance(ancestor, Scope) or name not in ancestor.bindings:
                continue
            for binding in ancestor.bindings[name]:
                if isinstance(binding, Assigned):
                    if _is_own_name(binding.expression):
                        return scope.module.name if scope.module.is_package else scope.module.name.rpartition(".")[0]
                    if (text := self._lists.text(binding.expression, Place(Frame(ancestor)))) is not None:
                        return text
        return None

    def _chosen(self, candidates: Sequence[Scope]) -> Scope:
        for scope in candidates:
            if scope.name.replace(":", ".") in self._installed:
                return scope
        derived = [
            scope
            for scope in candidates
            if not any(other is not scope and scope in self._resolver.order(other) for other in candidates)
        ]
        remaining = derived or list(candidates)
        for scope in remaining:
            if any(v == ConstantValue(value=True) for v in self._resolver.member(scope, "default", on_class=True)):
                return scope
        return remaining[0]


def _is_own_name(expression: s.Expression) -> bool:
    return isinstance(expression, s.Name) and expression.id == "__name__"
