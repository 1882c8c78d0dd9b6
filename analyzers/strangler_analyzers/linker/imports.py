"""The imports between modules of the program."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import Import
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.scope import Unit
from strangler_analyzers.source import spelling
from strangler_analyzers.source import syntax as s


def imports_of(program: Program, unit: Unit) -> tuple[Import, ...]:
    """The imports of one module that stay inside the program, each imported module once, sorted.

    ``from a import b`` imports ``a.b`` where that is a module, else ``a``. Of several imports of one module the one
    that runs earliest is kept: first at import time, then inside a function, then for typing only.
    """
    found: dict[str, Import] = {}
    for statement, deferred, typing_only in _statements(unit.tree.body):
        for name in _imported(program, unit, statement):
            entry = Import(unit.name, name, unit.at(statement.line), deferred, typing_only)
            known = found.get(name)
            if name != unit.name and (known is None or _rank(entry) < _rank(known)):
                found[name] = entry
    return tuple(sorted(found.values()))


def _rank(entry: Import) -> tuple[bool, bool, int]:
    return entry.typing_only, entry.deferred, entry.location.line


def _imported(program: Program, unit: Unit, statement: s.Import | s.ImportFrom) -> Iterator[str]:
    if isinstance(statement, s.Import):
        yield from (alias.name for alias in statement.names if program.is_module(alias.name))
        return
    module = unit.absolute(statement.module, statement.level)
    for alias in statement.names:
        submodule = f"{module}.{alias.name}"
        if program.is_module(submodule) and not _defines(program, module, alias.name):
            yield submodule
        elif program.is_module(module):
            yield module


def _defines(program: Program, module: str, name: str) -> bool:
    """Whether a package binds the name itself, which hides a submodule of that name."""
    unit = program.units.get(module)
    return unit is not None and name in unit.scope.bindings and f"{module}.{name}" not in program.units


def _statements(
    body: tuple[s.Statement, ...],
) -> Iterator[tuple[s.Import | s.ImportFrom, bool, bool]]:
    """Every import statement, with whether it is in a function and whether it is under ``TYPE_CHECKING``."""
    pending: list[tuple[s.Statement, bool, bool]] = [(statement, False, False) for statement in reversed(body)]
    while pending:
        statement, deferred, typing_only = pending.pop()
        match statement:
            case s.Import() | s.ImportFrom():
                yield statement, deferred, typing_only
            case s.Branch(tests=tests, arms=arms):
                for position, arm in reversed(list(enumerate(arms))):
                    typing_arm = typing_only or (position == 0 and _is_type_checking(tests))
                    pending.extend((inner, deferred, typing_arm) for inner in reversed(arm))
            case s.Loop(body=inner_body) | s.With(body=inner_body) | s.Class(body=inner_body):
                pending.extend((inner, deferred, typing_only) for inner in reversed(inner_body))
            case s.Function(body=inner_body):
                pending.extend((inner, True, typing_only) for inner in reversed(inner_body))
            case _:
                pass


def _is_type_checking(tests: tuple[s.Expression, ...]) -> bool:
    return len(tests) == 1 and (spelling.dotted(tests[0]) or "").rpartition(".")[2] == "TYPE_CHECKING"
