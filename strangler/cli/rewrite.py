"""``strangler rewrite``: let the monolith reach a service through a port."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.rewriting import RewritePage, rewrite_record
from strangler.cli.revisions import Repository
from strangler.cli.saved_graph import load_project_graph
from strangler.model.errors import ExitCode, UsageError
from strangler.model.printable import printable_parts
from strangler.planner.own_requests import own_requests
from strangler.planner.unknown_modules import require_mapped
from strangler.project import Project, Service
from strangler.project_reader import load_project
from strangler_analyzers.own_requests.own_requests import OwnRequest
from strangler_analyzers.rewriting.answering import Answering, Signing
from strangler_analyzers.rewriting.boundary import Boundary
from strangler_analyzers.rewriting.file_results import Changed, Failed
from strangler_analyzers.rewriting.patch import patch
from strangler_analyzers.rewriting.plan import RewritePlan, plan_rewrite, port_folder
from strangler_analyzers.rewriting.writing import write_changes


def rewrite(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    check: Annotated[
        bool, typer.Option("--check", help="Show what would change, and what would not and why. This is the default.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Print the changes as a patch.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Make the changes; the git tree must be clean.")] = False,
    only: Annotated[
        list[Path] | None,
        typer.Option("--only", metavar="PATH", help="Rewrite calls in this file or folder only; repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Make the monolith call a service through a port."""
    if check + diff + write > 1:
        raise UsageError("--check, --diff and --write exclude each other", remedy="leave all but one of them out")
    if diff and json:
        raise UsageError("a patch is no JSON", remedy="leave out --json or --diff")
    project = load_project(config)
    root, declared = project.source_root, project.service(service)
    boundary = boundary_of(declared)
    if write:
        Repository.around(root).require_unchanged(root)
    graph = load_project_graph(project)
    require_mapped(declared, graph.application_modules, all_of_them=True)
    plan = plan_rewrite(
        graph, boundary, lambda file: (root / file).read_bytes(), answering_of(project, declared), _wanted(root, only)
    )
    if write:
        files = write_changes(plan.files, root, port_folder(graph, boundary))
        plan = RewritePlan(plan.seams, plan.operations, files)
    if diff:
        sys.stdout.buffer.write(patch(plan.files))
    else:
        asked = own_requests(graph, project, service)
        _tell(console_of(context), service, boundary, plan, asked, json=json, written=write)
    if any(isinstance(result, Failed) for result in plan.files):
        raise typer.Exit(ExitCode.FINDINGS)


def boundary_of(service: Service) -> Boundary:
    """The boundary of a declared service; UsageError if it declares no modules."""
    if not service.modules:
        raise UsageError(
            f"no code belongs to the service {service.name}",
            remedy=f'name its modules in strangler.toml: [services.{service.name}] modules = ["..."]; strangler suggest'
            " proposes some",
        )
    return Boundary(service.name, service.modules, frozenset(service.tables))


def answering_of(project: Project, service: Service) -> Answering:
    """How to call a declared service."""
    adapter = (
        service.adapter and Path(os.path.relpath(project.folder / service.adapter, project.source_root)).as_posix()
    )
    identity = service.identity
    signing = Signing(identity.terms, identity.key.names[0]) if identity is not None and identity.key.names else None
    return Answering(service.operations, adapter or None, signing)


def _wanted(root: Path, only: Sequence[Path] | None) -> Callable[[str], bool]:
    """Return whether a file below the root is among those requested; `only` is relative to the current folder."""
    if not only:
        return lambda _: True
    places = [path.resolve() for path in only]
    for given, place in zip(only, places, strict=True):
        if not place.exists():
            raise UsageError(f"there is no {given}", remedy="name a file or folder of the monolith")
    return lambda file: any((root / file).resolve().is_relative_to(place) for place in places)


def _tell(
    console: Console,
    service: str,
    boundary: Boundary,
    plan: RewritePlan,
    asked: tuple[OwnRequest, ...],
    *,
    json: bool,
    written: bool,
) -> None:
    if json:
        console.json(rewrite_record(service, boundary.port, plan, asked))
        return
    console.terminal.print(
        RewritePage(service, boundary.port, printable_parts(plan), printable_parts(asked), written), soft_wrap=True
    )
    if written and any(isinstance(result, Changed) for result in plan.files):
        console.result("now run the tests, commit, and: strangler analyze")
