"""The applications of a plan: the monolith, v2 of every service, and arms with origins of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from strangler.model.authority import Side
from strangler.model.resilience import ResilienceTerms
from strangler_gateway.in_flight import Ticket
from strangler_gateway.resilience.application import Application
from strangler_gateway.routing.plan import Plan
from strangler_gateway.transport.origin import Origin

_V2: Final = Side.V2
_Key = tuple[str | None, tuple[Origin, ...]]
"""A service, None for the monolith, and the origins of an arm that has its own."""


class Applications:
    """The applications of one gateway; each is kept across plans as long as its origins and terms stay the same."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._plan: Plan | None = None
        self._known: dict[_Key, Application] = {}
        self._sides: dict[str | None, Application] = {}
        """The monolith and v2 of each service, by service; most requests go to these."""

    def of(self, ticket: Ticket, plan: Plan) -> Application:
        """Return the application a request goes to."""
        if plan is not self._plan:
            self._follow(plan)
        if ticket.origins:
            return self._known[ticket.service, ticket.origins]
        return self._sides[ticket.service if ticket.side is _V2 else None]

    def all(self, plan: Plan) -> Iterable[Application]:
        """Return the applications of a plan."""
        if plan is not self._plan:
            self._follow(plan)
        return tuple(self._known.values())

    def named(self, plan: Plan) -> Iterable[tuple[str, Application]]:
        """Yield the applications of a plan with their names in measures."""
        if plan is not self._plan:
            self._follow(plan)
        for (service, origins), application in self._known.items():
            name = service or "monolith"
            yield f"{name} at {', '.join(map(str, origins))}" if origins else name, application

    def _follow(self, plan: Plan) -> None:
        wanted: dict[_Key, tuple[tuple[Origin, ...], ResilienceTerms]] = {
            (None, ()): (plan.monolith, plan.monolith_resilience)
        }
        for service in plan.services.values():
            if service.v2:
                wanted[service.name, ()] = service.v2, service.resilience
        for route in plan.routes:
            for arm in route.arms:
                if arm.origins:
                    wanted[route.service, arm.origins] = arm.origins, plan.services[route.service].resilience
        self._known = {
            key: known
            if (known := self._known.get(key)) and known.origins == origins and known.terms == terms
            else Application(origins, terms, self._clock)
            for key, (origins, terms) in wanted.items()
        }
        self._sides = {service: known for (service, origins), known in self._known.items() if not origins}
        self._plan = plan
