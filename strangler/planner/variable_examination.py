"""Whether the environment variables that the project file names are set."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from strangler.project import Project, Service
from strangler.secret import Reference
from strangler_etl.examination.finding import Finding, ok, problem, warning


def references_of(project: Project, services: Iterable[Service]) -> tuple[Reference, ...]:
    """Everything the project file takes from the environment for these services."""
    gateway = project.gateway
    found = [project.monolith.database, *project.monolith.upstreams, gateway.token]
    found += [gateway.identity.key] if gateway.identity else []
    for service in services:
        found += [service.database, *service.upstreams]
        if service.identity is not None and service.identity != gateway.identity:
            found.append(service.identity.key)
    return tuple(reference for reference in found if reference is not None)


def environment_findings(
    project: Project, services: Iterable[Service], environment: Mapping[str, str]
) -> Iterator[Finding]:
    """Report for every variable whether it is set, never its value."""
    places: dict[str, str] = {}
    for reference in references_of(project, services):
        for name in reference.names:
            places.setdefault(name, place_of(reference, project))
    present = [name for name in places if environment.get(name)]
    if present:
        yield ok("environment", f"{', '.join(present)} {'is' if len(present) == 1 else 'are'} set")
    for name, place in places.items():
        if name not in present:
            yield problem("environment", f"{name}, named at {place}, is not set", f"run: export {name}=...")
    if not places:
        yield ok("environment", "strangler.toml names no variables")


def place_of(reference: Reference, project: Project) -> str:
    """The position of a reference, relative to the project's folder: ``strangler.toml:8:12``."""
    return reference.where.removeprefix(f"{project.folder}{os.sep}")


def unset_names(reference: Reference, environment: Mapping[str, str]) -> list[str]:
    """The variables a reference lacks."""
    return [name for name in reference.names if not environment.get(name)]


def unset_warning(name: str, reference: Reference, environment: Mapping[str, str], skipped: str = "") -> Finding:
    """The finding that something was not examined because variables are not set; `skipped` says what more was not."""
    names = unset_names(reference, environment)
    return warning(name, f"not looked at: {', '.join(names)} not set{skipped}", export_of(names))


def export_of(names: Iterable[str]) -> str:
    """The command that sets variables."""
    return "run: export " + " ".join(f"{name}=..." for name in names)
