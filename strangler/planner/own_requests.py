"""Requests of v1 to its own routes that now belong to a service: requests that pass no gateway stay on v1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from strangler.model.system import ANY_METHOD, Route
from strangler.planner.moved_requests import service_answers
from strangler.project import Project
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.own_requests.own_requests import OwnRequest, read_own_requests
from strangler_analyzers.ratchet.declared_ownership import MONOLITH
from strangler_analyzers.ratchet.findings import Finding, Rule

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def own_requests(
    system: SystemGraph, project: Project, service: str, root: Path | None = None
) -> tuple[OwnRequest, ...]:
    """Those to routes that ``[[routes]]`` gives to a service, read from the source as it is now, or below `root`."""
    folder, answers = root or project.source_root, service_answers(service, project.routes)

    def goes(route: Route) -> bool:
        return any(
            answers(method, route.path) for method in (_METHODS if route.method == ANY_METHOD else (route.method,))
        )

    wanted = [route for route in system.facts.routes if goes(route)]
    return read_own_requests(system, lambda file: (folder / file).read_bytes(), wanted)


def own_request_findings(
    system: SystemGraph, project: Project, services: Iterable[str], root: Path | None = None
) -> Iterator[Finding]:
    """The same for several services, as findings of `strangler check`."""
    for service in services:
        for item in own_requests(system, project, service, root):
            yield Finding(
                Rule.OWN_REQUEST,
                MONOLITH,
                (service,),
                f"{item.asker} -> {item.route.method} {item.route.path}",
                item.told,
                item.location,
                "send it to the gateway's address; where it goes there already: strangler check --accept REASON",
            )
