"""Routes that stay with the monolith and write tables that move: what becomes of their requests after a cut-over.

The fence of the monolith's database refuses such a write, and the monolith answers as it does to any database error,
usually with 500. Only the monolith knows why it failed: the gateway passes the answer on unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from strangler.model.quantity import first_of, quantity
from strangler.model.system import SystemFacts
from strangler.planner.readiness import Condition
from strangler.planner.writers import Writer, Writers

NAME = "routes on v1"
ACCEPT = "--accept-failing-routes"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class FailingRoute:
    """A route whose writes fail after the cut-over.

    `requests` is how many the access logs of the map contain, including reads where the route answers every method;
    None where no log was given. `recorded` says that the recorded run of the map entered the route.
    """

    writer: Writer
    requests: int | None
    recorded: bool

    @property
    def unused(self) -> bool:
        """Whether logs show that nobody calls it; a recording alone cannot."""
        return self.requests == 0 and not self.recorded


def failing_routes(facts: SystemFacts, writers: Writers) -> tuple[FailingRoute, ...]:
    """The routes of `writers` that stay, with what the map's logs and its recorded run know of them."""
    counted = _requests(facts)
    recorded = {f"{method} {path}" for path, method in facts.observed.routes} if facts.observed else set[str]()
    return tuple(
        FailingRoute(
            writer, None if counted is None else counted.get(writer.route, 0), recorded=writer.route in recorded
        )
        for writer in writers.staying
    )


def routes_condition(
    service: str,
    routes: Sequence[FailingRoute],
    outside: Sequence[Writer],
    undeclared: AbstractSet[str] = frozenset(),
) -> Condition:
    """Whether no request is known, or has to be feared, to fail after the cut-over.

    Writers `outside` the routes are named: whether they still run, and when they move, nobody can tell from the code.
    Of the `routes` those that are `undeclared` (``POST /reviews``) are the service's own, and only lack a rule.
    """
    condition = _condition(service, routes, undeclared)
    if not outside:
        return condition
    names = first_of([writer.name for writer in outside], _NAMED)
    told = f"{quantity(len(outside), 'writer')} outside routes, whose writes will fail: {names}"
    found = f"no route that stays writes what moves; {told}" if not routes else f"{condition.found}; and {told}"
    return replace(condition, found=found)


def _condition(service: str, found: Sequence[FailingRoute], undeclared: AbstractSet[str]) -> Condition:
    used = [route.writer.name for route in found if not route.unused]
    stay = f"{quantity(len(found), 'route')} " + (
        "stays on v1 and writes" if len(found) == 1 else "stay on v1 and write"
    )
    if not found:
        return Condition(NAME, holds=True, found="none writes what moves")
    if not used:
        return Condition(NAME, holds=True, found=f"{stay} what moves, without a request in the access logs")
    some = "their writes will fail" if len(used) == len(found) else f"{len(used)} may be in use, and will fail"
    own = sum(route.writer.route in undeclared for route in found)
    rule = f"; no rule of [[routes]] names {own} of them yet, which the service is to answer" if own else ""
    return Condition(
        NAME,
        holds=False,
        found=f"{stay} what moves; {some}: {first_of(used, _NAMED)}{rule}",
        mend="give them to the service, take the writes out of them, or show that nobody calls them;"
        f" strangler cutover {service} {ACCEPT} moves all the same",
        waivable=False,
    )


def _requests(facts: SystemFacts) -> Mapping[str, int] | None:
    if facts.access_traffic is None:
        return None
    counted: dict[str, int] = {}
    for route in facts.access_traffic.routes:
        name = f"{route.method} {route.path}"
        counted[name] = counted.get(name, 0) + route.requests
    return counted
