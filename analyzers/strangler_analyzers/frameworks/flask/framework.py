"""Flask."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.system import Route
from strangler_analyzers.framework import Framework, imports_any
from strangler_analyzers.frameworks.flask.composition import Composition, main_application
from strangler_analyzers.frameworks.flask.parts import makes_part
from strangler_analyzers.frameworks.flask.registrations import CALLS, DECORATORS, FlaskRegistrations
from strangler_analyzers.frameworks.wiring.call_index import CallIndex, Interest
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.execution import Execution
from strangler_analyzers.program import Program
from strangler_analyzers.resolver import Resolver


class Flask(Framework):
    """Flask and what is built on it."""

    name = "flask"

    def present(self, program: Program) -> bool:
        """Whether the program imports Flask."""
        return imports_any(program, frozenset({"flask", "quart", "apiflask", "flask_openapi3"}))

    def routes(self, resolver: Resolver) -> Iterable[Route]:
        """The rules of every application."""
        interest = Interest(CallIndex(resolver.program), resolver, CALLS, DECORATORS)
        evaluator = Evaluator(resolver, makes_part, interest.relevant)
        registrations = FlaskRegistrations(evaluator)
        Execution(evaluator, interest, registrations).run()
        return main_application(list(Composition(evaluator, registrations.wiring).applications()))
