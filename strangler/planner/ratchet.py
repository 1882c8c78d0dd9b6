"""Runs every rule of `strangler check` on one state of the code."""

from __future__ import annotations

from collections.abc import Iterable

from strangler.model.errors import ConfigurationError
from strangler.planner.undeclared_routes import undeclared_routes
from strangler.project import Project
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.migrations.table_change import TableChange
from strangler_analyzers.ratchet.declared_ownership import declared_ownership
from strangler_analyzers.ratchet.findings import Finding
from strangler_analyzers.ratchet.rules import breaches, migration_breaches, ordered


def has_boundary(project: Project) -> bool:
    """Whether a service declares tables or modules."""
    return any(service.tables or service.modules for service in project.services.values())


def require_boundary(project: Project) -> None:
    """Raise ConfigurationError where no boundary is declared."""
    if not has_boundary(project):
        raise ConfigurationError(
            "no service declares tables or modules",
            where=str(project.path),
            remedy='declare a boundary: [services.reviews], tables = ["reviews_review"]; see strangler suggest',
        )


def findings(
    system: SystemGraph, changes: Iterable[TableChange], project: Project, constraints: Constraints
) -> tuple[Finding, ...]:
    """All violations of `project`'s boundaries in the code, and in `changes` made by its migrations."""
    owners = declared_ownership(system, project.services, constraints)
    return ordered(
        (
            *breaches(system, project.services, project.targets, constraints),
            *migration_breaches(changes, owners),
            *undeclared_routes(system, project, owners),
        )
    )
