"""Writes the shares of a service into its project file."""

from __future__ import annotations

from collections.abc import Sequence

import tomlkit

from strangler.model.authority import Side
from strangler.model.errors import InputError
from strangler.project import Project, Traffic
from strangler.project_file import ProjectFile
from strangler_gateway.plan import Route, route_of


def shifted_routes(service: str, routes: Sequence[Route], paths: Sequence[str]) -> list[Route]:
    """Return which of a service's routes a share is for: those with the given path templates, or all sticky ones.

    InputError when a path template belongs to none that reads, or there is no sticky one.
    """
    if not paths:
        chosen = [route for route in routes if route.shiftable]
        if not chosen:
            raise InputError(
                f"no route of {service} for GET is sticky",
                remedy='write sticky = "cookie:NAME" in the traffic of a route, or name the routes by their paths',
            )
        return chosen
    readable = [route for route in routes if route.shared]
    unknown = set(paths) - {route.path for route in readable}
    if unknown:
        raise InputError(
            f"{service} has no route for GET with the path {', '.join(sorted(unknown))}",
            remedy="it has: " + (", ".join(sorted({route.path for route in readable})) or "none"),
        )
    return [route for route in readable if route.path in paths]


def put_shares(file: ProjectFile, project: Project, service: str, v2: float, paths: Sequence[str]) -> list[str]:
    """Set the shares of the routes of `service` that `shifted_routes` names; nothing is saved.

    Returns the names of the routes. UsageError when there is no such service, InputError when no such path.
    """
    stateless = project.service(service).stateless
    routes = [
        (route_of(rule, stateless=stateless), position)
        for position, rule in enumerate(project.routes)
        if rule.service == service
    ]
    chosen = shifted_routes(service, [route for route, _ in routes], paths)
    share = int(v2) if v2 == int(v2) else v2
    for route, position in routes:
        if route not in chosen:
            continue
        if project.routes[position].traffic == Traffic():
            # Perhaps not written at all: on one line it reads like those of the other routes.
            traffic = tomlkit.inline_table()
            traffic["v2"] = share
            file.put(("routes", position, "traffic"), traffic)
        else:
            file.put(("routes", position, "traffic", "v2"), share)
    return [route.name for route in chosen]


def put_rollback(file: ProjectFile, project: Project, service: str) -> list[str]:
    """Send everybody to v1: no share, and no weight for an arm on the data of v2; nothing is saved.

    Returns the names of the routes that are changed. UsageError when there is no such service.
    """
    stateless = project.service(service).stateless
    changed: list[str] = []
    for position, rule in enumerate(project.routes):
        arms = [number for number, arm in enumerate(rule.traffic.arms) if arm.side is Side.V2 and arm.weight]
        if rule.service != service or not (rule.traffic.v2 or arms):
            continue
        table = ("services", service, "traffic") if rule.inherits else ("routes", position, "traffic")
        if rule.traffic.v2:
            file.put((*table, "v2"), 0)
        for number in arms:
            file.put((*table, "arms", number, "weight"), 0)
        changed.append(route_of(rule, stateless=stateless).name)
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
            remedy=f"first run: strangler gateway shift {service} --to 0%",
        )
