"""Finds the program's own functions for the name of a method."""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Defined, Scope


def own_method(resolver: Resolver, scope: Scope, name: str) -> Scope | None:
    """The nearest function of that name among a class and its ancestors."""
    for ancestor in resolver.order(scope):
        if isinstance(ancestor, Scope) and (function := next(_functions(ancestor, name), None)) is not None:
            return function
    return None


def nearest_methods(resolver: Resolver, scope: Scope, name: str) -> Iterator[Scope]:
    """Every function of that name in the nearest class that has the name; conditional definitions make several."""
    for ancestor in resolver.order(scope):
        if isinstance(ancestor, Scope) and name in ancestor.bindings:
            yield from _functions(ancestor, name)
            return


def _functions(scope: Scope, name: str) -> Iterator[Scope]:
    for binding in scope.bindings.get(name, ()):
        if isinstance(binding, Defined) and binding.scope.is_function:
            yield binding.scope
