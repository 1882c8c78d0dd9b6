"""The requests that a service has to answer: by the rules in strangler.toml first, then by what the code does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from strangler.model.drafted_route import DraftedRoute
from strangler.model.system import ANY_METHOD, Route
from strangler.model.template import anonymous, matches
from strangler.project import RouteRule
from strangler_analyzers.boundaries.ownership import Ownership, route_service
from strangler_analyzers.graph.handler_source import annotated_types, converted_types, named_methods
from strangler_analyzers.graph.system_graph import SystemGraph

_RULES = "[[routes]] of strangler.toml"
_READING = "GET"
_WRITING = "POST"


@dataclass(frozen=True)
class ServiceRoutes:
    """Finds the routes of one service; `read` returns the tree of a source file, None if it cannot be parsed.

    A rule without methods covers all of them. If a path has a rule of the service, its methods are those of the rule:
    methods that the rule leaves out stay in the monolith.
    """

    graph: SystemGraph
    owners: Ownership
    rules: Sequence[RouteRule]
    read: Callable[[str], ast.Module | None]
    _trees: dict[str, ast.Module | None] = field(default_factory=dict[str, "ast.Module | None"])

    def of(self, service: str) -> tuple[DraftedRoute, ...]:
        """All routes of a service; doubtful ones state the doubt."""
        found: list[DraftedRoute] = []
        for route in self.graph.facts.routes:
            rules = self._ruling(route.path)
            if any(rule.service == service for rule in rules):
                found += self._ruled(route, [rule for rule in rules if rule.service == service])
            elif not rules:
                found += self._by_code(route, service)
        known = {(item.method, anonymous(item.path)) for item in found}
        found += [item for rule in self.rules if rule.service == service for item in self._unmapped(rule, known)]
        return tuple(found)

    def _ruling(self, path: str) -> tuple[RouteRule, ...]:
        """The rules for a path: those that name it, else those of a wider template."""
        exact = [rule for rule in self.rules if anonymous(rule.match.path) == anonymous(path)]
        return tuple(exact or (rule for rule in self.rules if matches(rule.match.path, path)))

    def _ruled(self, route: Route, rules: Iterable[RouteRule]) -> Iterator[DraftedRoute]:
        rules = tuple(rules)
        if any(not rule.match.methods for rule in rules):
            yield from self._methods(route)
            return
        wanted = dict.fromkeys(method for rule in rules for method in rule.match.methods)
        for method in wanted if route.method == ANY_METHOD else (route.method,):
            if method in wanted:
                yield self._drafted(route, method)

    def _unmapped(self, rule: RouteRule, known: set[tuple[str, str]]) -> Iterator[DraftedRoute]:
        """The requests that a rule names and the map lacks; a rule without methods adds none."""
        path = rule.match.path
        covered = any(matches(path, item) for _, item in known)
        for method in rule.match.methods:
            if (method, anonymous(path)) not in known and not (covered and path.endswith(":path}")):
                yield DraftedRoute(method, path, _RULES)
        if not rule.match.methods and not covered:
            yield DraftedRoute(_READING, path, _RULES, left_out="the map has no such route, and the rule no methods")

    def _by_code(self, route: Route, service: str) -> Iterator[DraftedRoute]:
        use = self.graph.route_tables(route)
        owner = route_service(self.owners, route, use)
        if owner == service:
            yield from self._methods(route)
        elif self.owners.of_function(route.handler) == service:
            others = sorted(name for name in use.writes or use.reads if self.owners.tables.get(name) != service)
            why = f"its code is the service's, its tables are of {owner or 'nobody'}: {', '.join(others)}"
            yield self._drafted(route, route.method, left_out=why)

    def _methods(self, route: Route) -> Iterator[DraftedRoute]:
        """One for each method; for a view that takes any, those it names. One that may write is never assumed GET."""
        if route.method != ANY_METHOD:
            yield self._drafted(route, route.method)
            return
        decorated, inside = self._named(route)
        if decorated:
            yield from (self._drafted(route, method) for method in sorted(decorated))
            return
        yield from (self._drafted(route, method) for method in sorted(inside))
        writes = sorted(self.graph.route_tables(route).writes)
        if not writes:
            if _READING not in inside:
                yield self._drafted(route, _READING, doubt="" if inside else "method, the view takes any")
            return
        if not inside:
            doubt = f"method, the view takes any and may write {', '.join(writes)}"
            yield self._drafted(route, _WRITING, doubt=doubt)
        if _READING not in inside:
            why = f"the view takes any method and may write {', '.join(writes)}"
            yield self._drafted(route, _READING, left_out=why)

    def _drafted(self, route: Route, method: str, *, doubt: str = "", left_out: str = "") -> DraftedRoute:
        types: dict[str, str] = {}
        module, _, name = route.handler.partition(":")
        known = self.graph.modules.get(module)
        if known is not None and (tree := self._tree(known.file)) is not None:
            types |= annotated_types(tree, name)
        if (tree := self._tree(route.location.file)) is not None:
            types |= converted_types(tree, route.location.line)
        return DraftedRoute(method, route.path, str(route.location), types, doubt, left_out)

    def _named(self, route: Route) -> tuple[frozenset[str], frozenset[str]]:
        module, _, name = route.handler.partition(":")
        known = self.graph.modules.get(module)
        tree = None if known is None else self._tree(known.file)
        return (None if tree is None else named_methods(tree, name)) or (frozenset(), frozenset())

    def _tree(self, file: str) -> ast.Module | None:
        if file not in self._trees:
            self._trees[file] = self.read(file)
        return self._trees[file]
