"""Routes of a service that the gateway has no rule for."""

from __future__ import annotations

from collections.abc import Iterator

from strangler.model.system import ANY_METHOD
from strangler.project import Project, RouteMatch
from strangler_analyzers.boundaries.ownership import Ownership, route_name, route_service
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.ratchet.declared_ownership import MONOLITH
from strangler_analyzers.ratchet.findings import Finding, Rule
from strangler_gateway.routing.route_table import RouteTable

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def undeclared_routes(system: SystemGraph, project: Project, owners: Ownership) -> Iterator[Finding]:
    """Every route of the code that no ``[[routes]]`` entry names.

    Routes of the monolith count where `refuse_undeclared` would close them. A route that answers any method counts as
    declared when one of its methods is.
    """
    table: RouteTable[RouteMatch] = RouteTable(rule.match for rule in project.routes)
    for route in system.facts.routes:
        methods = _METHODS if route.method == ANY_METHOD else (route.method,)
        if any(None not in table.of_template(method, route.path) for method in methods):
            continue
        home = route_service(owners, route, system.route_tables(route)) or MONOLITH
        if home == MONOLITH and not project.gateway.refuse_undeclared:
            continue
        name = route_name(route)
        fate = "the gateway refuses it" if project.gateway.refuse_undeclared else "it goes to the monolith for ever"
        answered = f"{name} is answered by {home}"
        mend = "add it to [[routes]] in strangler.toml"
        if home not in (MONOLITH, owners.of_function(route.handler)):
            answered = f"{name} uses tables of {home}, by code that is not its own"
            mend += (
                f" if {home} is to answer it; if it stays with v1: strangler check --accept REASON, and strangler plan"
                f" {home} --done routes --because REASON"
            )
        yield Finding(
            Rule.UNDECLARED_ROUTE,
            home,
            (),
            name,
            f"{answered}, and no [[routes]] names it: {fate}",
            route.location,
            mend,
        )
