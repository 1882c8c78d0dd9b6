"""Memoised functions: their decorators cache results, so they run only on a cache miss.

A decorator caches if it is a known caching decorator of a library (`functools.lru_cache`, `cachetools.cached`,
`flask_caching.Cache.memoize`, `dogpile`'s `cache_on_arguments`), or a decorator of the program that applies one.
"""

from __future__ import annotations

from collections.abc import Iterator

from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.linker.scope import Scope
from strangler_analyzers.linker.values import External, FunctionValue, MethodValue, Value
from strangler_analyzers.source.traversal import calls

_KEEPING = frozenset(
    {"lru_cache", "cache", "cached", "memoize", "memoise", "memoized", "memoised", "ttl_cache", "alru_cache"}
    | {"cache_on_arguments", "cached_function", "async_cached", "cache_memoize"}
)


class Memoised:
    """Finds the functions whose results a decorator caches."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._decorators: dict[Scope, bool] = {}

    def holds(self, function: Scope) -> bool:
        """Whether the results of a function are cached."""
        outer = self._resolver.frame(function.parent or function)
        return any(
            self._keeps(value)
            for application in function.applications
            for value in self._resolver.evaluate(application.function, outer)
        )

    def _keeps(self, decorator: Value) -> bool:
        match decorator:
            case External(path=path):
                return path.removesuffix("()").rpartition(".")[2] in _KEEPING
            case FunctionValue(scope=scope) | MethodValue(scope=scope):
                return self._applies_one(scope)
            case _:
                return False

    def _applies_one(self, decorator: Scope) -> bool:
        """Whether a decorator of the program, or a function nested in it, calls a caching decorator."""
        known = self._decorators.get(decorator)
        if known is None:
            self._decorators[decorator] = False  # Ends the recursion for a decorator that applies itself.
            known = self._decorators[decorator] = any(
                self._keeps(value)
                for scope in _with_inner(decorator)
                for call in calls(scope.node.body)
                for value in self._resolver.evaluate(call.function, self._resolver.frame(scope))
            )
        return known


def _with_inner(function: Scope) -> Iterator[Scope]:
    """A function and its nested functions, one of which it may return."""
    pending = [function]
    for scope in pending:
        yield scope
        pending.extend(child for child in scope.children if child.is_function)
