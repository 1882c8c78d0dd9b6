"""Additions to lists in functions, since conditions are often collected in a list before they are used."""

from __future__ import annotations

from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.source import syntax as s

_METHODS = frozenset({"append", "extend", "insert", "add", "update"})


class Additions:
    """The arguments of ``name.append(...)`` and similar calls, found once for each function."""

    def __init__(self) -> None:
        self._known: dict[Scope, dict[str, list[s.Expression]]] = {}

    def to(self, name: str, scope: Scope) -> list[s.Expression]:
        """The expressions that a function adds to the list of that name, in source order."""
        if scope not in self._known:
            self._known[scope] = _additions(scope) if scope.is_function else {}
        return self._known[scope].get(name, [])


def _additions(scope: Scope) -> dict[str, list[s.Expression]]:
    found: dict[str, list[s.Expression]] = {}
    for call in scope.calls:
        function = call.function
        if isinstance(function, s.Attribute) and function.name in _METHODS and isinstance(function.value, s.Name):
            found.setdefault(function.value.id, []).extend(call.arguments)
    return found
