"""What the project's settings modules say, read without running them."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import ModuleRole
from strangler_analyzers.frameworks.django.evaluation.constants import string, strings
from strangler_analyzers.linker.program import Program, Unit
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.values import Frame
from strangler_analyzers.source import syntax as s


class ProjectSettings:
    """The settings of every settings module; Django takes one of them, the code does not say which."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._units = tuple(_settings_units(resolver.program))

    def text(self, name: str) -> str | None:
        """The text of a setting, from the first settings module that gives it one."""
        for unit in self._units:
            if name in unit.scope.bindings:
                value = string(self._resolver, s.Name(name), Frame(unit.scope))
                if value is not None:
                    return value
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """All texts in a setting that holds a list, over all settings modules."""
        found: dict[str, None] = {}
        for unit in self._units:
            if name not in unit.scope.bindings:
                continue
            for value in self._resolver.evaluate(s.Name(name), Frame(unit.scope)):
                found.update(dict.fromkeys(strings(self._resolver, value)))
        return tuple(found)


def _settings_units(program: Program) -> Iterator[Unit]:
    for unit in program.units.values():
        if unit.role is ModuleRole.APPLICATION and any(
            part.endswith(("settings", "defaults")) for part in unit.name.split(".")
        ):
            yield unit
