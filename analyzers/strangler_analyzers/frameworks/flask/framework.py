"""Flask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from strangler.model.system import EntryPoint, Route
from strangler_analyzers.frameworks.flask.appbuilder import AppBuilderRoutes
from strangler_analyzers.frameworks.flask.composition import Composition
from strangler_analyzers.frameworks.flask.flask_admin import FlaskAdminRoutes
from strangler_analyzers.frameworks.flask.form_validation import FormValidation
from strangler_analyzers.frameworks.flask.identity import IdentityEffects
from strangler_analyzers.frameworks.flask.parts import WRAPPING, Kind, kind_of, makes_part
from strangler_analyzers.frameworks.flask.registrations import CALLS, DECORATORS, FlaskRegistrations
from strangler_analyzers.frameworks.flask.template_hooks import TemplateHooks
from strangler_analyzers.frameworks.framework import Framework, imports_any
from strangler_analyzers.frameworks.web_packages import APPBUILDER, CLASSFUL, FLASK, FLASK_ADMIN
from strangler_analyzers.frameworks.wiring.applications import Applications
from strangler_analyzers.frameworks.wiring.call_index import CALL_INDEX, Interest
from strangler_analyzers.frameworks.wiring.evaluation import Evaluator
from strangler_analyzers.frameworks.wiring.execution import Execution
from strangler_analyzers.linker.knowledge import EffectRule
from strangler_analyzers.linker.program import Program
from strangler_analyzers.linker.resolver import Resolver


class Flask(Framework):
    """Flask and the extensions built on it."""

    name = "flask"

    def __init__(self) -> None:
        self._found: Applications | None = None

    def present(self, program: Program) -> bool:
        """Whether the program imports Flask."""
        return imports_any(program, FLASK)

    def effects(self) -> Iterable[EffectRule]:
        """Loaders of the current user, hooks of templates and URLs, and validators of forms."""
        return (IdentityEffects(), TemplateHooks(), FormValidation())

    def routes(self, resolver: Resolver) -> Iterable[Route]:
        """The rules of every application."""
        return self._applications(resolver).main

    def entry_points(self, resolver: Resolver) -> Iterator[EntryPoint]:
        """The routes of small servers next to the main application."""
        yield from self._applications(resolver).entry_points()

    def _applications(self, resolver: Resolver) -> Applications:
        if self._found is None:
            named = CALLS | {"register"} if imports_any(resolver.program, CLASSFUL) else CALLS
            named |= _own_apis(resolver)
            interest = Interest(CALL_INDEX.of(resolver.program), resolver, named, DECORATORS)
            evaluator = Evaluator(resolver, makes_part, interest.relevant)
            registrations = FlaskRegistrations(evaluator)
            Execution(evaluator, interest, registrations).run()
            applications = list(Composition(evaluator, registrations.wiring).applications())
            added: list[Route] = []
            if imports_any(resolver.program, frozenset({APPBUILDER})):
                added += AppBuilderRoutes(evaluator).routes()
            if imports_any(resolver.program, frozenset({FLASK_ADMIN})):
                added += FlaskAdminRoutes(evaluator).routes()
            if added:
                largest: list[Route] = max(applications, key=len) if applications else []
                applications = [[*largest, *added], *(routes for routes in applications if routes is not largest)]
            self._found = Applications.told_apart(applications)
        return self._found


def _own_apis(resolver: Resolver) -> frozenset[str]:
    """The names of the program's own API classes, whose construction wraps an application like the library's."""
    if not imports_any(resolver.program, WRAPPING):
        return frozenset()
    return frozenset(
        scope.short_name
        for scope in resolver.program.classes.values()
        if any(isinstance(base, str) and kind_of(base) is Kind.API for base in resolver.order(scope))
    )
