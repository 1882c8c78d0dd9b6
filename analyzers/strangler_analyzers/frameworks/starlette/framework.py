"""FastAPI and Starlette."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.system import Route
from strangler_analyzers.framework import Framework, imports_any
from strangler_analyzers.frameworks.starlette.composition import Composition
from strangler_analyzers.frameworks.starlette.dependencies import DependencyValues
from strangler_analyzers.frameworks.starlette.parts import makes_part
from strangler_analyzers.frameworks.starlette.registrations import CALLS, DECORATORS, StarletteRegistrations
from strangler_analyzers.frameworks.wiring.call_index import CallIndex, Interest
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.execution import Execution
from strangler_analyzers.knowledge import Knowledge
from strangler_analyzers.program import Program
from strangler_analyzers.resolver import Resolver


class Starlette(Framework):
    """FastAPI, Starlette and what is built on them."""

    name = "starlette"

    def present(self, program: Program) -> bool:
        """Whether the program imports FastAPI or Starlette."""
        return imports_any(program, frozenset({"fastapi", "starlette"}))

    def knowledge(self) -> Iterable[Knowledge]:
        """What dependencies hand to parameters."""
        return (DependencyValues(),)

    def routes(self, resolver: Resolver) -> Iterable[Route]:
        """The routes of every application."""
        interest = Interest(CallIndex(resolver.program), resolver, CALLS, DECORATORS)
        evaluator = Evaluator(resolver, makes_part, interest.relevant)
        registrations = StarletteRegistrations(evaluator)
        Execution(evaluator, interest, registrations).run()
        return [r for routes in Composition(evaluator, registrations.wiring).applications() for r in routes]
