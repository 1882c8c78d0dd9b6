"""Writes changes to the traffic of a service's routes into the project file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import tomlkit
from tomlkit.items import InlineTable

from strangler.model.authority import Side
from strangler.model.errors import InputError, UsageError
from strangler.project import Project, Traffic
from strangler.project_file import ProjectFile
from strangler_gateway.routing.plan import Route, route_of
from strangler_gateway.routing.route_traffic import Shift

Table = tuple[str | int, ...]
"""The path of a table in the file, as for `ProjectFile.put`."""


def shift_target(project: Project, target: str, paths: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the service that `target`, the name of a service or a route, is about, and the routes it selects.

    UsageError when `target` is neither, or when `paths` come with the name of a route.
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


def shifted_routes(service: str, routes: Sequence[Route], named: Sequence[str], shift: Shift) -> list[Route]:
    """Return a service's routes that a shift applies to: those with the given path templates or names, or the default.

    By default, a share applies to the sticky routes, weights to those with arms, and an override to every route that
    takes reads. InputError when a name fits no route that takes reads, when no route is left, when a share meets a
    route with arms, or when weights name an arm that a route does not have.
    """
    readable = [route for route in routes if route.shared]
    chosen = named_routes(service, readable, named) if named else [route for route in readable if _meant(route, shift)]
    if shift.weights:
        _check_arms(service, chosen, shift)
        return chosen
    if not chosen:
        raise InputError(
            f"no route of {service} for GET is sticky",
            remedy='write sticky = "cookie:NAME" in the traffic of a route, or name the routes by their paths',
        )
    if shift.v2 is not None and (armed := [route.name for route in chosen if route.arms]):
        raise InputError(
            f"a share and arms exclude each other, and there are arms in {', '.join(armed)}",
            remedy="change the weights of the arms with --ab, or name other routes by --path;"
            f" to let nobody read from v2 run: strangler gateway rollback {service}",
        )
    return chosen


def named_routes(service: str, routes: Sequence[Route], named: Sequence[str]) -> list[Route]:
    """Return the routes with the given path templates or names; InputError when one fits no route."""
    unknown = set(named) - {route.path for route in routes} - {route.name for route in routes}
    if unknown:
        raise InputError(
            f"{service} has no route for GET with the path {', '.join(sorted(unknown))}",
            remedy="it has: " + (", ".join(sorted({route.path for route in routes})) or "none"),
        )
    return [route for route in routes if route.path in named or route.name in named]


def _meant(route: Route, shift: Shift) -> bool:
    """Whether a shift that names no routes applies to this one."""
    if shift.weights:
        return bool(route.arms)
    # A client that chooses the side in each request does not see both sides by turns either.
    return route.shiftable or shift.everybody or shift.v2 is None


def _check_arms(service: str, routes: Sequence[Route], shift: Shift) -> None:
    for route in routes:
        if unknown := set(shift.weights) - {arm.name for arm in route.arms}:
            raise InputError(
                f"{route.name} has no arm {', '.join(sorted(unknown))}",
                remedy="it has: " + (", ".join(arm.name for arm in route.arms) or "none"),
            )
    if not routes:
        raise InputError(f"no route of {service} for GET has arms", remedy="write arms into the traffic of a route")


def put_shift(file: ProjectFile, project: Project, service: str, shift: Shift, named: Sequence[str]) -> list[str]:
    """Change the traffic of the routes of `service` that `shifted_routes` selects; does not save the file.

    Routes that inherit the service's traffic keep sharing it when all of those that take reads are selected; otherwise
    the selected ones get a copy with the change. A shift that sends requests to v2 ends a rollback. Returns the names
    of the routes. UsageError when there is no such service, InputError when no such route.
    """
    chosen = shifted_routes(service, [route for route, _ in routes_of(project, service)], named, shift)

    def put(table: Table, traffic: Traffic) -> None:
        if shift.v2 is not None:
            file.put((*table, "v2"), plain(shift.v2))
        if shift.override is not None:
            file.put((*table, "override"), str(shift.override))
        if shift.weights:
            for number, arm in enumerate(traffic.arms):
                file.put((*table, "arms", number, "weight"), plain(shift.weights.get(arm.name, 0)))
        if shift.opens(traffic.arms):
            file.remove((*table, "rolled_back"))

    def shifted(traffic: Traffic) -> Traffic:
        return replace(
            traffic,
            v2=traffic.v2 if shift.v2 is None else shift.v2,
            override=shift.override or traffic.override,
            rolled_back=traffic.rolled_back and not shift.opens(traffic.arms),
        )

    put_traffic(file, project, chosen, put, shifted)
    return [route.name for route in chosen]


def routes_of(project: Project, service: str) -> list[tuple[Route, int]]:
    """Return the routes of a service with their positions in the file; UsageError when there is no such service."""
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
    put: Callable[[Table, Traffic], None],
    changed: Callable[[Traffic], Traffic],
) -> None:
    """Change the traffic of the chosen routes of one service.

    `put` writes the change into a table that holds a route's or the service's traffic; `changed` returns a traffic with
    the change. Routes that inherit the service's traffic keep sharing it when all of those that take reads are chosen;
    otherwise the chosen ones get a copy.
    """
    service = chosen[0].service
    routes = routes_of(project, service)
    inheriting = [route for route, position in routes if route.shared and project.routes[position].inherits]
    in_common = all(route in chosen for route in inheriting)
    for route, position in routes:
        if route not in chosen:
            continue
        rule = project.routes[position]
        own = ("routes", position, "traffic")
        if rule.traffic == Traffic() or (rule.inherits and not in_common):
            # The route may have no table of its own yet: an inline table reads like those of the other routes.
            file.put(own, _on_one_line(changed(rule.traffic), service))
            continue
        put(("services", service, "traffic") if rule.inherits else own, rule.traffic)


def plain(share: float) -> float:
    """Return a share as people write it: whole numbers without ``.0``."""
    return int(share) if share == int(share) else share


def _on_one_line(traffic: Traffic, service: str) -> InlineTable:
    if traffic.arms:
        raise InputError(
            f"the routes of {service} have their arms in common, so one of them cannot be changed alone",
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
    """Roll back a service's routes: no share, no weight for arms on v2's data; does not save the file.

    ``rolled_back = true`` keeps requests from choosing v2. For routes without traffic of their own it changes that of
    the service. Returns the names of the changed routes. UsageError when there is no such service.
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
    """Refuse an action that takes away data readers see in v2; InputError names the routes that send readers there."""
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
