"""Which functions stand behind a cache: they run only where their answer is not kept.

A decorator keeps answers if it is one of a library that is known for it (`functools.lru_cache`, `cachetools.cached`,
`flask_caching.Cache.memoize`, `dogpile`'s `cache_on_arguments`), or one of the program's that applies such a one.
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
    """Tells the functions whose answers a decorator keeps."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._decorators: dict[Scope, bool] = {}

    def holds(self, function: Scope) -> bool:
        """Whether a cache stands in front of a function."""
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
        """Whether a decorator of the program, or a function it makes, calls one that keeps answers."""
        known = self._decorators.get(decorator)
        if known is None:
            self._decorators[decorator] = False  # A decorator that applies itself adds nothing.
            known = self._decorators[decorator] = any(
                self._keeps(value)
                for scope in _with_inner(decorator)
                for call in calls(scope.node.body)
                for value in self._resolver.evaluate(call.function, self._resolver.frame(scope))
            )
        return known


def _with_inner(function: Scope) -> Iterator[Scope]:
    """A function and those it defines, which may be what it returns."""
    pending = [function]
    for scope in pending:
        yield scope
        pending.extend(child for child in scope.children if child.is_function)
