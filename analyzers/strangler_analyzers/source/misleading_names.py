"""Modules named like tests that may not be tests: judged by what they hold and which modules import them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s
from strangler_analyzers.source.traversal import statements

_TEST_PACKAGES = frozenset({"pytest", "unittest", "nose", "nose2", "doctest", "hypothesis", "testtools"})


def holds_tests(tree: s.Tree) -> bool:
    """Whether a module defines a test, or imports something that only tests need."""
    return any(map(_speaks_of_tests, statements(tree.body)))


def _speaks_of_tests(statement: s.Statement) -> bool:
    match statement:
        case s.Function(name=name):
            return name.startswith("test")
        case s.Class(name=name, bases=bases):
            # A trailing "Test" proves nothing: a ConnectionTest may be a row.
            return name.startswith("Test") or any("TestCase" in spelling.last_name(base) for base in bases)
        case s.Import(names=names):
            return any(_is_for_tests(alias.name) for alias in names)
        case s.ImportFrom(module=module):
            return _is_for_tests(module)
        case _:
            return False


def _is_for_tests(module: str) -> bool:
    parts = module.split(".")
    return parts[0] in _TEST_PACKAGES or "test" in parts or "tests" in parts or "conftest" in parts


def imported_names(trees: Iterable[s.Tree]) -> frozenset[str]:
    """The names that the modules import, as spelled and without leading dots: ``models.connection_test``."""
    return frozenset(name for tree in trees for name in _imports(tree))


def _imports(tree: s.Tree) -> Iterator[str]:
    for statement in statements(tree.body, nested=True):
        match statement:
            case s.Import(names=names):
                yield from (alias.name for alias in names)
            case s.ImportFrom(module=module, names=names):
                yield module
                yield from (f"{module}.{alias.name}" if module else alias.name for alias in names)
            case _:
                pass


def is_imported(module: str, names: frozenset[str]) -> bool:
    """Whether a module is among the imported names, by its full name or the end of it."""
    parts = module.split(".")
    return any(".".join(parts[start:]) in names for start in range(len(parts)))
