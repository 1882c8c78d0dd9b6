"""FastAPI and Starlette."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler.model.system import EntryPoint, Route
from strangler_analyzers.frameworks.framework import Framework, imports_any
from strangler_analyzers.frameworks.starlette.composition import Composition
from strangler_analyzers.frameworks.starlette.dependencies import DependencyValues
from strangler_analyzers.frameworks.starlette.lifespan import lifespans
from strangler_analyzers.frameworks.starlette.parts import makes_part
from strangler_analyzers.frameworks.starlette.registrations import CALLS, DECORATORS, StarletteRegistrations
from strangler_analyzers.frameworks.web_packages import STARLETTE
from strangler_analyzers.frameworks.wiring.applications import Applications
from strangler_analyzers.frameworks.wiring.call_index import CALL_INDEX, Interest
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.execution import Execution
from strangler_analyzers.linker.knowledge import Knowledge
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver


class Starlette(Framework):
    """FastAPI, Starlette and the packages built on them."""

    name = "starlette"

    def __init__(self) -> None:
        self._applications: Applications | None = None
        self._lifespans: tuple[EntryPoint, ...] = ()

    def present(self, program: Program) -> bool:
        """Whether the program imports FastAPI or Starlette."""
        return imports_any(program, STARLETTE)

    def knowledge(self) -> Iterable[Knowledge]:
        """The values that dependencies provide for parameters."""
        return (DependencyValues(),)

    def routes(self, resolver: Resolver) -> Iterable[Route]:
        """The routes of every application."""
        return self._found(resolver).main

    def entry_points(self, resolver: Resolver) -> Iterator[EntryPoint]:
        """Lifespans, and the routes of small servers next to the main application."""
        found = self._found(resolver)
        yield from self._lifespans
        yield from found.entry_points()

    def _found(self, resolver: Resolver) -> Applications:
        if self._applications is None:
            self.name = "fastapi" if imports_any(resolver.program, frozenset({"fastapi"})) else "starlette"
            interest = Interest(CALL_INDEX.of(resolver.program), resolver, CALLS, DECORATORS)
            evaluator = Evaluator(resolver, makes_part, interest.relevant)
            registrations = StarletteRegistrations(evaluator)
            Execution(evaluator, interest, registrations).run()
            composition = Composition(evaluator, registrations.wiring, self.name)
            self._applications = Applications.told_apart(list(composition.applications()))
            self._lifespans = tuple(dict.fromkeys(lifespans(evaluator, registrations.wiring)))
        return self._applications
