"""Settings by name: the value of ``app.config["KEY"]`` if the program sets it to a single value."""

from __future__ import annotations

from strangler.model.system import ModuleRole
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.scope import Assigned
from strangler_analyzers.linker.values import NOTHING, ConstantValue, Values
from strangler_analyzers.source import spelling


class Settings:
    """Upper-case constants of modules and classes, as in configuration objects."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[str, set[str]] | None = None

    def of(self, name: str) -> Values:
        """The string value of a setting; empty if the program gives it several values."""
        if self._known is None:
            self._known = self._collected()
        found = self._known.get(name, set())
        return (ConstantValue(next(iter(found))),) if len(found) == 1 else NOTHING

    def _collected(self) -> dict[str, set[str]]:
        known: dict[str, set[str]] = {}
        for scope in self._program.scopes():
            if scope.is_function or scope.module.role is not ModuleRole.APPLICATION:
                continue
            for name, bindings in scope.bindings.items():
                if name.isupper():
                    for binding in bindings:
                        if isinstance(binding, Assigned) and (found := spelling.text(binding.expression)) is not None:
                            known.setdefault(name, set()).add(found)
        return known
