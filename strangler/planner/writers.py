"""Who writes a service's tables, as the analysis sees it: its own routes, others, and what passes no gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strangler.model.location import Location
from strangler.model.system import ANY_METHOD, CallKind, EntryKind
from strangler.project import RouteMatch, RouteRule
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_gateway.requests.facts import SAFE_METHODS
from strangler_gateway.routing.route_table import RouteTable


@dataclass(frozen=True, slots=True, order=True)
class Writer:
    """Something of the monolith that writes `tables`; `name` is ``POST /path``, ``command purge_reviews``, ..."""

    name: str
    tables: tuple[str, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Writers:
    """The writers of a service's tables.

    A route of which only some methods are the service's is `moving` and `staying`.
    `moving` routes go to the service with the authority. `staying` routes go on to the monolith, and `outside` ones
    never pass the gateway: both are refused by the fence while v2 has the authority.
    """

    moving: tuple[Writer, ...]
    staying: tuple[Writer, ...]
    outside: tuple[Writer, ...]
    held: tuple[RouteMatch, ...]
    """For the gateway's hold: the staying routes, and those of the moving ones that it would take for reads."""


def find_writers(system: SystemGraph, tables: Iterable[str], rules: Iterable[RouteRule]) -> Writers:
    """Everything that writes any of `tables`, told apart by `rules`, the service's own routes."""
    wanted = frozenset(tables)
    moved: RouteTable[RouteMatch] = RouteTable(rule.match for rule in rules if not _narrow(rule.match))
    moving: list[Writer] = []
    staying: list[Writer] = []
    held: list[RouteMatch] = []
    for route in system.facts.routes:
        written = wanted & set(system.route_tables(route).writes)
        if not written:
            continue
        writer = Writer(f"{route.method} {route.path}", tuple(sorted(written)), route.location)
        methods = _UNSAFE if route.method == ANY_METHOD else (route.method,)
        left = tuple(method for method in methods if moved.find(method, route.path) is None)
        if len(left) < len(methods):
            moving.append(writer)
        if left:
            staying.append(writer)
            held.append(RouteMatch(route.path, () if left == _UNSAFE else left))
        elif route.method in SAFE_METHODS:
            # The gateway takes it for a read, which is neither held nor counted.
            held.append(RouteMatch(route.path, methods))
    outside = [
        Writer(f"{entry.kind} {entry.name}", tuple(sorted(written)), entry.location)
        for entry in system.facts.entry_points
        # A receiver runs inside what sends its signal, which is listed itself.
        if entry.kind is not EntryKind.SIGNAL and (written := wanted & set(system.tables_of([entry.function]).writes))
    ]
    outside += _background_writers(system, wanted)
    return Writers(
        tuple(sorted(set(moving))), tuple(sorted(set(staying))), tuple(sorted(set(outside))), tuple(dict.fromkeys(held))
    )


def _narrow(match: RouteMatch) -> bool:
    """Whether requests for its path and methods go on to the monolith when they lack something."""
    return match.host is not None or bool(match.conditions)


def _background_writers(system: SystemGraph, wanted: frozenset[str]) -> Iterator[Writer]:
    """What code hands to a thread or a queue and no entry point names: it may write after its request has been held."""
    known = {entry.function for entry in system.facts.entry_points}
    for call in system.facts.calls:
        if call.kind is not CallKind.ASYNC or call.callee in known or not system.in_application(call.caller):
            continue
        if written := wanted & set(system.tables_of([call.callee]).writes):
            yield Writer(f"background {call.callee}", tuple(sorted(written)), call.location)


_UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
"""What a route for every method writes by, as far as anybody can tell."""
