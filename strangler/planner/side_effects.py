"""What routes that move do in the monolith besides writing the tables that move with them.

A signal receiver that writes another table, a mail, a queued task: from the cut-over on v1 no longer does it for the
rows that are written in v2. The service has to, or a consumer of its events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler.model.location import Location
from strangler.model.system import AccessMode, CallKind, ExternalKind, Route, variant_name
from strangler.planner.writers import Writer
from strangler_analyzers.graph.system_graph import SystemGraph

_FELT_BY_OTHERS = frozenset(
    {ExternalKind.HTTP, ExternalKind.QUEUE, ExternalKind.MAIL, ExternalKind.FILE, ExternalKind.SUBPROCESS}
)
"""A cache, a package and a variable are the monolith's own affair."""


@dataclass(frozen=True, slots=True, order=True)
class SideEffect:
    """Something that `routes` (``POST /reviews``) do in the monolith, in `function`, first at `location`.

    `effect` is ``writes TABLE``, or a use of something outside: ``uses mail Django``, ``uses queue receipts``.
    """

    effect: str
    function: str
    location: Location
    routes: tuple[str, ...]


def side_effects(system: SystemGraph, moving: Iterable[Writer], tables: Iterable[str]) -> tuple[SideEffect, ...]:
    """The side effects of the `moving` routes, also of work they queue; writing `tables` is none.

    Middleware stays with the monolith, and what it does is left out.
    """
    owned = frozenset(tables)
    names = {writer.route for writer in moving}
    found: dict[tuple[str, str], tuple[Location, dict[str, None]]] = {}
    for route in system.facts.routes:
        if (name := f"{route.method} {route.path}") in names:
            for effect, function, location in _of_route(system, route, owned):
                first, routes = found.setdefault((effect, function), (location, {}))
                routes[name] = None
                found[effect, function] = (min(first, location), routes)
    return tuple(
        sorted(SideEffect(effect, function, at, tuple(routes)) for (effect, function), (at, routes) in found.items())
    )


def _of_route(system: SystemGraph, route: Route, owned: frozenset[str]) -> Iterator[tuple[str, str, Location]]:
    for function, context in _reached(system, route):
        name = variant_name(function, context)
        for access in system.accesses_of(name):
            if access.mode is AccessMode.WRITE and access.table not in owned:
                yield f"writes {access.table}", function, access.location
        for use in system.outside_uses_of(name):
            if use.kind in _FELT_BY_OTHERS:
                yield f"uses {use.kind} {use.name}", function, use.location


def _reached(system: SystemGraph, route: Route) -> Iterator[tuple[str, str]]:
    """Every function that a request to the route runs, each with its context, now or as queued work."""
    pending = [*system.running(route)[route.first_own :]]
    seen = set(pending)
    while pending:
        run = pending.pop()
        yield run
        for call in system.calls_from(variant_name(*run)):
            reached = (call.callee, call.context)
            if call.kind is not CallKind.WRAPPED and reached not in seen:
                seen.add(reached)
                pending.append(reached)
