"""The shape of a framework's knowledge: where its routes and tables come from, how its values behave."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.system import Call, EntryPoint, Route, SkippedFile, TableAccess
from strangler.model.tables import Table
from strangler_analyzers.linker.knowledge import EffectRule, Knowledge
from strangler_analyzers.linker.per_program import PerProgram
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver
from strangler_analyzers.source import syntax as s


class Framework:
    """Base of every framework: override what it provides.

    One object serves one pass of the analysis with one resolver, so it may keep what it finds.
    """

    name: str = ""
    """Shown to the user and kept in each route: ``django``."""

    def present(self, program: Program) -> bool:
        """Whether the program uses this framework at all: nothing else is asked otherwise."""
        return False

    def knowledge(self) -> Iterable[Knowledge]:
        """How the framework's values behave."""
        return ()

    def effects(self) -> Iterable[EffectRule]:
        """What the framework's calls do."""
        return ()

    def tables(self, resolver: Resolver) -> Iterable[Table]:
        """The tables the program's own models declare."""
        return ()

    def unread(self, resolver: Resolver) -> Iterable[SkippedFile]:
        """Parts of files that it should understand and does not."""
        return ()

    def accesses(self, resolver: Resolver) -> Iterable[TableAccess]:
        """What a library does to tables in methods that classes of the program only inherit."""
        return ()

    def calls(self, resolver: Resolver) -> Iterable[Call]:
        """What of the program runs by way of something that is no function of the program, such as a template."""
        return ()

    def routes(self, resolver: Resolver) -> Iterable[Route]:
        """The URL paths the program answers."""
        return ()

    def entry_points(self, resolver: Resolver) -> Iterable[EntryPoint]:
        """What else starts work."""
        return ()


def imports_any(program: Program, packages: frozenset[str]) -> bool:
    """Whether any module imports one of the packages (by first name)."""
    return not packages.isdisjoint(_IMPORTED.of(program))


def _imported(program: Program) -> frozenset[str]:
    """The first names of all that modules import, functions and classes not entered."""
    found: set[str] = set()
    for unit in program.units.values():
        pending: list[s.Statement] = list(unit.tree.body)
        for statement in pending:
            match statement:
                case s.Import(names=names):
                    found.update(alias.name.partition(".")[0] for alias in names)
                case s.ImportFrom(module=module, level=0):
                    found.add(module.partition(".")[0])
                case s.Branch(arms=arms):
                    pending.extend(inner for arm in arms for inner in arm)
                case _:
                    pass
    return frozenset(found)


_IMPORTED = PerProgram(_imported)
