"""Selects the routes of an order to shadow, and writes the order into the project file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from strangler.model.errors import InputError
from strangler.project import Project, Traffic
from strangler.project_file import ProjectFile
from strangler_gateway.routing.plan import Route
from strangler_gateway.routing.shares import Table, named_routes, plain, put_traffic, routes_of


def shadowed_routes(service: str, routes: Sequence[Route], named: Sequence[str]) -> list[Route]:
    """Return a service's routes with the given path templates or names, or by default all that can be shadowed.

    Stickiness does not matter, because clients do not see the other side. InputError when there is no such route.
    """
    able = [route for route in routes if route.shared or route.shadow.writes]
    chosen = named_routes(service, able, named) if named else able
    if not chosen:
        raise InputError(f"{service} has no route for GET, and none with shadow_writes = true")
    return chosen


def put_shadow(file: ProjectFile, project: Project, service: str, share: float, named: Sequence[str]) -> list[str]:
    """Set the percentage of requests to copy on the routes that `shadowed_routes` selects; does not save the file.

    Returns the names of the routes. UsageError when there is no such service, InputError when no such route.
    """
    chosen = shadowed_routes(service, [route for route, _ in routes_of(project, service)], named)

    def shadowed(traffic: Traffic) -> Traffic:
        return replace(traffic, shadow=replace(traffic.shadow, share=share))

    def put(table: Table, _: Traffic) -> None:
        file.put((*table, "shadow"), plain(share))

    put_traffic(file, project, chosen, put, shadowed)
    return [route.name for route in chosen]
