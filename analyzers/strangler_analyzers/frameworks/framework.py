"""The interface of a framework: its routes, its tables, and the behaviour of its values."""

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
    """Base class of frameworks. Subclasses override the methods for what the framework provides.

    An instance serves one pass of the analysis with one resolver, so it may cache what it finds.
    """

    name: str = ""
    """The name shown to the user and stored in each route: ``django``."""

    def present(self, program: Program) -> bool:
        """Whether the program uses this framework; if not, no other method is called."""
        return False

    def knowledge(self) -> Iterable[Knowledge]:
        """The behaviour of the framework's values."""
        return ()

    def effects(self) -> Iterable[EffectRule]:
        """The effects of the framework's calls."""
        return ()

    def tables(self, resolver: Resolver) -> Iterable[Table]:
        """The tables that the program's own models declare."""
        return ()

    def unread(self, resolver: Resolver) -> Iterable[SkippedFile]:
        """Parts of files that the framework's rules should understand but do not."""
        return ()

    def accesses(self, resolver: Resolver) -> Iterable[TableAccess]:
        """Table accesses by a library in methods that classes of the program only inherit."""
        return ()

    def calls(self, resolver: Resolver) -> Iterable[Call]:
        """Calls of the program's functions by something that is not a function of the program, such as a template."""
        return ()

    def routes(self, resolver: Resolver) -> Iterable[Route]:
        """The routes that the program answers."""
        return ()

    def entry_points(self, resolver: Resolver) -> Iterable[EntryPoint]:
        """The other entry points."""
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
