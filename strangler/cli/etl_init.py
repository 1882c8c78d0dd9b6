"""``strangler etl init``: write a first mapping."""

from __future__ import annotations

from pathlib import Path

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.project_options import Config, ServiceName
from strangler.model.errors import InputError, UsageError
from strangler.model.quantity import quantity
from strangler.project_reader import load_project


def init(context: typer.Context, service: ServiceName, config: Config = Path(), json: Json = False) -> None:
    """Write a first mapping of a service's tables to strangler.toml, from the map and the service's document."""
    # Imported only here: the group's other commands start without the analysis, and without what edits files.
    from strangler.cli.designed_service import design_of  # noqa: PLC0415
    from strangler.cli.saved_graph import load_project_graph  # noqa: PLC0415
    from strangler.project_file import ProjectFile  # noqa: PLC0415
    from strangler_etl.mapping.first_mapping import first_mapping  # noqa: PLC0415

    console = console_of(context)
    project = load_project(config)
    declared = project.service(service)
    if project.etl.get(service):
        raise UsageError(
            f"there is a mapping already: [etl.{service}]",
            where=str(project.path),
            remedy="edit it, or delete it first",
        )
    if not declared.tables:
        raise InputError(
            "the service owns no tables",
            where=f"[services.{service}]",
            remedy='name them: tables = ["reviews_review"]',
        )
    file = ProjectFile.read(project.path)
    file.require_writable(project, f"add [etl.{service}]")
    tables = load_project_graph(project).tables
    design = design_of(project, service, [tables[name] for name in declared.tables if name in tables], console)
    draft = first_mapping(service, declared.tables, tables, design)
    file.append(draft.text)
    if json:
        document = None if design is None else design.file
        console.json(
            {"path": str(project.path), "tables": draft.tables, "crossing": draft.crossing, "design": document}
        )
        return
    crossing = quantity(draft.crossing, "foreign key")
    console.result(
        f"wrote [etl.{service}] to {project.path.name}: {quantity(len(draft.tables), 'table')},"
        f" {crossing} across the boundary"
    )
    if design is not None:
        unknown = sum(name not in design.tables for name in declared.tables)
        but = f", but for {quantity(unknown, 'table')} that it has no model for" if unknown else ""
        console.note(f"names and keys are those of {design.file}{but}")
    console.note(f"next: look it over, then run: strangler etl plan {service}")
