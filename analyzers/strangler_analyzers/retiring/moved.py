"""The routes that no request reaches in the monolith any more, because the service answers."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from strangler.model.location import Location
from strangler.model.system import ANY_METHOD, Route
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.own_requests.own_requests import OwnRequest
from strangler_analyzers.retiring.registrations import Entry, entries_at

Answers = Callable[[str, str], bool]
"""Whether the service answers a method of a path template."""

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_ALL = "PROPFIND"
"""An unnamed method, which the service answers only if it answers all."""


@dataclass(frozen=True)
class Moved:
    """The routes the service answers; what else is registered at the same place still counts."""

    graph: SystemGraph
    answers: Answers
    methods_of: Callable[[Route], frozenset[str]]
    """The methods that the code of a handler names, for one that does not say which it answers."""
    modules: frozenset[str]
    """The modules of the monolith; what else was analysed along with it answers for itself."""
    own_requests: tuple[OwnRequest, ...] = ()
    """Requests of the monolith to itself, whose routes are in use."""

    def requests(self, route: Route) -> int:
        """How often the monolith's access log has a route, where one was given with the map."""
        traffic = self.graph.facts.access_traffic
        found = traffic.routes if traffic is not None else ()
        return sum(item.requests for item in found if (item.path, item.method) == (route.path, route.method))

    @cached_property
    def asked(self) -> Mapping[Route, OwnRequest]:
        """The routes the service answers that the monolith asks for itself, each with its first request.

        One that is sure, or by a client that is seen, goes before others.
        """
        ordered = sorted(self.own_requests, key=_rank, reverse=True)
        return {item.route: item for item in ordered if self._goes_away(item.route)}

    @cached_property
    def routes(self) -> frozenset[Route]:
        """The routes whose every method goes to the service."""
        return frozenset(route for route in self.graph.facts.routes if self._is_moved(route))

    @cached_property
    def by_place(self) -> Mapping[tuple[str, int], tuple[Route, ...]]:
        """The moved routes by file and line, of places where nothing else is registered."""
        found: defaultdict[tuple[str, int], list[Route]] = defaultdict(list)
        for route in self.graph.facts.routes:
            found[route.location.file, route.location.line].append(route)
        return {place: tuple(routes) for place, routes in found.items() if self.routes.issuperset(routes)}

    def entries(self, file: str, tree: ast.Module) -> Mapping[Entry, tuple[Route, ...]]:
        """The entries of lists of URLs in a file that are for moved routes alone."""
        return {
            entry: routes
            for (place, line), routes in self.by_place.items()
            if place == file
            for entry in entries_at(tree, line)
        }

    def left_out(self, file: str, tree: ast.Module) -> frozenset[int]:
        """The nodes of a file that name the views of moved routes, and these routes themselves."""
        return frozenset(
            id(node)
            for entry in self.entries(file, tree)
            for node in (entry.view, *(item.value for item in entry.call.keywords if item.arg == "name"))
        )

    @cached_property
    def handlers(self) -> Mapping[str, tuple[Route, ...]]:
        """The functions and classes that only moved routes have as their handlers, with these routes."""
        found: defaultdict[str, list[Route]] = defaultdict(list)
        for route in self.graph.facts.routes:
            found[route.handler].append(route)
        return {handler: tuple(routes) for handler, routes in found.items() if self.routes.issuperset(routes)}

    def _is_moved(self, route: Route) -> bool:
        return route not in self.asked and self._goes_away(route)

    def _goes_away(self, route: Route) -> bool:
        if route.handler.partition(":")[0] not in self.modules or self.requests(route):
            return False
        if route.method != ANY_METHOD:
            return self.answers(route.method, route.path)
        if self.answers(_ALL, route.path):
            return True
        named = self.methods_of(route)
        return bool(named) and all(self.answers(method, route.path) for method in named)


def _rank(request: OwnRequest) -> tuple[bool, bool, Location]:
    return not request.is_sure, not request.by_own_client, request.location
