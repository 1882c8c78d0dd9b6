"""Functions whose answers a decorator keeps."""

from __future__ import annotations

from pathlib import Path

from tests.analyzers.source_tree import facts_of

PROGRAM = """
    from functools import lru_cache, wraps
    from flask_caching import Cache
    from somewhere import audited

    cache = None
    if cache is None:
        cache = Cache(config={})

    def memoize_function(timeout):
        def decorate(function):
            kept = cache.memoize(timeout)(function)
            @wraps(function)
            def wrapper(*args):
                return kept(*args)
            return wrapper
        return decorate

    def twice(timeout):
        def decorate(function):
            return memoize_function(timeout)(function)
        return decorate

    def logged(function):
        return function

    @lru_cache
    def plain(): ...
    @lru_cache(maxsize=3)
    def with_options(): ...
    @cache.memoize(60)
    def by_library(): ...
    @memoize_function(60)
    def by_the_program(): ...
    @logged
    @twice(60)
    def by_another(): ...
    @logged
    def not_kept(): ...
    @audited
    def unknown(): ...
    def bare(): ...
"""


def test_a_cache_is_found_behind_a_decorator(tmp_path: Path) -> None:
    """A library's, or one of the program's that applies a library's; others keep nothing."""
    facts = facts_of(tmp_path, {"shop.py": PROGRAM})
    assert facts.memoised == tuple(
        f"shop:{name}" for name in ("by_another", "by_library", "by_the_program", "plain", "with_options")
    )
