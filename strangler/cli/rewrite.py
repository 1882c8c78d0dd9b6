"""``strangler rewrite``: let the monolith reach a service through a port."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.printable import printable_parts
from strangler.cli.render.seams import SeamsPage, seam_record
from strangler.cli.saved_graph import load_project_graph
from strangler.cli.settings import Json
from strangler.model.errors import UsageError
from strangler.project import Service
from strangler.project_reader import load_project
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.seam_finding import find_seams


def rewrite(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    check: Annotated[bool, typer.Option("--check", help="Say what would change, and what not and why.")] = False,
    json: Json = False,
) -> None:
    """Let the monolith reach a service through a port."""
    if not check:
        raise UsageError("nothing says what to do", remedy="add --check")
    project = load_project(config)
    boundary = boundary_of(project.service(service))
    seams = find_seams(load_project_graph(project), boundary)
    console = console_of(context)
    if json:
        console.json({"service": service, "port": boundary.port, "seams": [seam_record(seam) for seam in seams]})
    else:
        console.terminal.print(SeamsPage(service, printable_parts(seams)), soft_wrap=True)


def boundary_of(service: Service) -> Boundary:
    """The boundary of a declared service; UsageError when no modules are declared."""
    if not service.modules:
        raise UsageError(
            f"no code belongs to the service {service.name}",
            remedy=f'name its modules in strangler.toml: [services.{service.name}] modules = ["..."]',
        )
    return Boundary(service.name, service.modules, frozenset(service.tables))
