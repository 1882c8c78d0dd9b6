"""Who writes a service's tables, as the analysis sees it: its own routes, others, and what passes no gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from strangler.model.location import Location
from strangler.model.system import ANY_METHOD, CallKind, EntryKind, Route
from strangler.model.template import normalised
from strangler.project import RouteMatch, RouteRule
from strangler_analyzers.graph.system_graph import SystemGraph


@dataclass(frozen=True, slots=True, order=True)
class Writer:
    """Something of the monolith that writes `tables`; `name` is ``POST /path``, ``command purge_reviews``, ..."""

    name: str
    tables: tuple[str, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Writers:
    """The writers of a service's tables.

    `moving` routes go to the service with the authority. `staying` routes go on to the monolith, and `outside` ones
    never pass the gateway: both are refused by the fence while v2 has the authority.
    """

    moving: tuple[Writer, ...]
    staying: tuple[Writer, ...]
    outside: tuple[Writer, ...]
    held: tuple[RouteMatch, ...]
    """The staying routes, for the gateway's hold."""


def find_writers(system: SystemGraph, tables: Iterable[str], rules: Iterable[RouteRule]) -> Writers:
    """Everything that writes any of `tables`, told apart by `rules`, the service's own routes."""
    wanted = frozenset(tables)
    moved = {normalised(rule.match.path): frozenset(rule.match.methods) for rule in rules}
    moving: list[Writer] = []
    staying: list[Writer] = []
    held: list[RouteMatch] = []
    for route in system.facts.routes:
        written = wanted & set(system.route_tables(route).writes)
        if not written:
            continue
        writer = Writer(f"{route.method} {route.path}", tuple(sorted(written)), route.location)
        if _is_moved(route, moved):
            moving.append(writer)
        else:
            staying.append(writer)
            held.append(RouteMatch(route.path, () if route.method == ANY_METHOD else (route.method,)))
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


def _background_writers(system: SystemGraph, wanted: frozenset[str]) -> Iterator[Writer]:
    """What code hands to a thread or a queue and no entry point names: it may write after its request has been held."""
    known = {entry.function for entry in system.facts.entry_points}
    for call in system.facts.calls:
        if call.kind is not CallKind.ASYNC or call.callee in known or not system.in_application(call.caller):
            continue
        if written := wanted & set(system.tables_of([call.callee]).writes):
            yield Writer(f"background {call.callee}", tuple(sorted(written)), call.location)


def _is_moved(route: Route, moved: Mapping[str, frozenset[str]]) -> bool:
    """Whether the route's path belongs to the service, for its method where the rules name methods."""
    methods = moved.get(normalised(route.path))
    return methods is not None and (not methods or route.method == ANY_METHOD or route.method in methods)
