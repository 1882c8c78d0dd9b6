"""Writes the shares of a service into its project file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import tomlkit
from tomlkit.items import InlineTable

from strangler.model.authority import Side
from strangler.model.errors import InputError, UsageError
from strangler.project import Project, Traffic
from strangler.project_file import ProjectFile
from strangler_gateway.plan import Route, route_of


def shift_target(project: Project, target: str, paths: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the service that a service's or a route's name stands for, and which of its routes are meant.

    UsageError when it is neither, or when `paths` come with the name of a route.
    """
    if target in project.services:
        return target, tuple(paths)
    for rule in project.routes:
        if route_of(rule, stateless=False).name == target:
            if paths:
                raise UsageError(f"{target} is one route: --path is for services")
            return rule.service, (target,)
    known = ", ".join(project.services) or "none is declared"
    raise UsageError(
        f"there is no service and no route {target} in {project.path.name}",
        remedy=f"known services: {known}; for the routes run: strangler gateway routes",
    )


def shifted_routes(service: str, routes: Sequence[Route], named: Sequence[str]) -> list[Route]:
    """Return which of a service's routes a share is for: those with the given path templates or names, or all sticky.

    InputError when one of them belongs to none that reads, when there is no sticky one, or when one has arms.
    """
    readable = [route for route in routes if route.shared]
    chosen = named_routes(service, readable, named) if named else [route for route in routes if route.shiftable]
    if not chosen:
        raise InputError(
            f"no route of {service} for GET is sticky",
            remedy='write sticky = "cookie:NAME" in the traffic of a route, or name the routes by their paths',
        )
    if armed := [route.name for route in chosen if route.arms]:
        raise InputError(
            f"a share and arms exclude each other, and there are arms in {', '.join(armed)}",
            remedy="change the weights of the arms, or name other routes by --path;"
            f" to let nobody read from v2 run: strangler gateway rollback {service}",
        )
    return chosen


def named_routes(service: str, routes: Sequence[Route], named: Sequence[str]) -> list[Route]:
    """Return the routes with the given path templates or names; InputError when one of them belongs to none."""
    unknown = set(named) - {route.path for route in routes} - {route.name for route in routes}
    if unknown:
        raise InputError(
            f"{service} has no route for GET with the path {', '.join(sorted(unknown))}",
            remedy="it has: " + (", ".join(sorted({route.path for route in routes})) or "none"),
        )
    return [route for route in routes if route.path in named or route.name in named]


def put_shares(file: ProjectFile, project: Project, service: str, v2: float, named: Sequence[str]) -> list[str]:
    """Set the shares of the routes of `service` that `shifted_routes` names; nothing is saved.

    Routes that have the traffic of the whole service keep it in common when all that read are meant; otherwise those
    that are meant get a copy with the new share. A share that is not zero ends a rollback. Returns the names of the
    routes. UsageError when there is no such service, InputError when no such route.
    """
    chosen = shifted_routes(service, [route for route, _ in routes_of(project, service)], named)

    def shifted(traffic: Traffic) -> Traffic:
        return replace(traffic, v2=v2, rolled_back=traffic.rolled_back and not v2)

    tables = put_traffic(file, project, chosen, ("v2", plain(v2)), shifted)
    if v2:
        for table in tables:
            file.remove((*table, "rolled_back"))
    return [route.name for route in chosen]


def routes_of(project: Project, service: str) -> list[tuple[Route, int]]:
    """Return the routes of a service and where they stand in the file; UsageError when there is no such service."""
    stateless = project.service(service).stateless
    return [
        (route_of(rule, stateless=stateless), position)
        for position, rule in enumerate(project.routes)
        if rule.service == service
    ]


def put_traffic(
    file: ProjectFile,
    project: Project,
    chosen: Sequence[Route],
    setting: tuple[str, float],
    changed: Callable[[Traffic], Traffic],
) -> list[tuple[str | int, ...]]:
    """Put a key and its value into the traffic of the chosen routes of one service.

    `changed` returns a traffic as it is then.
    Routes that have the traffic of the whole service keep it in common when all that read are meant; otherwise those
    that are meant get a copy. Returns the tables that were changed and not written anew.
    """
    service = chosen[0].service
    routes = routes_of(project, service)
    inheriting = [route for route, position in routes if route.shared and project.routes[position].inherits]
    in_common = all(route in chosen for route in inheriting)
    tables: list[tuple[str | int, ...]] = []
    for route, position in routes:
        if route not in chosen:
            continue
        rule = project.routes[position]
        own = ("routes", position, "traffic")
        if rule.traffic == Traffic() or (rule.inherits and not in_common):
            # Perhaps not written at all: on one line it reads like those of the other routes.
            file.put(own, _on_one_line(changed(rule.traffic), service))
            continue
        table = ("services", service, "traffic") if rule.inherits else own
        file.put((*table, setting[0]), setting[1])
        tables.append(table)
    return tables


def plain(share: float) -> float:
    """Return a share as people write it."""
    return int(share) if share == int(share) else share


def _on_one_line(traffic: Traffic, service: str) -> InlineTable:
    if traffic.arms:
        raise InputError(
            f"the routes of {service} have their arms in common, so one of them can not be changed alone",
            remedy=f"name {service} in place of the route, or write the arms into the route",
        )
    table = tomlkit.inline_table()
    table["v2"] = plain(traffic.v2)
    if traffic.shadow.share:
        table["shadow"] = plain(traffic.shadow.share)
    if traffic.shadow.writes:
        table["shadow_writes"] = True
    if traffic.shadow.ignore:
        table["shadow_ignore"] = list(traffic.shadow.ignore)
    if traffic.sticky:
        table["sticky"] = str(traffic.sticky)
    if traffic.override:
        table["override"] = str(traffic.override)
    if traffic.rolled_back:
        table["rolled_back"] = True
    return table


def put_rollback(file: ProjectFile, project: Project, service: str) -> list[str]:
    """Send nobody to v2: no share, no weight for an arm on its data, nothing for who asks; nothing is saved.

    Routes without traffic of their own get it from their service. Returns the names of the routes that are changed.
    UsageError when there is no such service.
    """
    stateless = project.service(service).stateless
    changed: list[str] = []
    for position, rule in enumerate(project.routes):
        route = route_of(rule, stateless=stateless)
        if rule.service != service or not route.shared or rule.traffic.rolled_back:
            continue
        own = file.has(("routes", position, "traffic"))
        table = ("routes", position, "traffic") if own else ("services", service, "traffic")
        if rule.traffic.v2:
            file.put((*table, "v2"), 0)
        for number, arm in enumerate(rule.traffic.arms):
            if arm.side is Side.V2 and arm.weight:
                file.put((*table, "arms", number, "weight"), 0)
        file.put((*table, "rolled_back"), value=True)
        changed.append(route.name)
    return changed


def require_no_share(project: Project, service: str, action: str) -> None:
    """Refuse an action that takes away what readers see in v2; InputError names the routes that send some there."""
    reading = [
        route_of(rule, stateless=False).name
        for rule in project.routes
        if rule.service == service
        and (rule.traffic.v2 or any(arm.weight and arm.side is Side.V2 for arm in rule.traffic.arms))
    ]
    if reading:
        raise InputError(
            f"{action} would take the data from readers that v2 answers: {', '.join(reading)}",
            where=str(project.path),
            remedy=f"first run: strangler gateway rollback {service}",
        )
