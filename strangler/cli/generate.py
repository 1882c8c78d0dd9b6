"""``strangler generate``: generate a running service from its design document."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.design_documents import project_library
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.generated import GeneratedPage, generated_record
from strangler.cli.source_folder import shown
from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.generation.folder import changed_tables, compare, hand_written, write
from strangler.contracts.generation.handlers import handler_report
from strangler.contracts.generation.service_code import service_code
from strangler.contracts.generation.tables import unstored_models
from strangler.model.errors import ExitCode, UsageError
from strangler.project_reader import load_project

FOLDER = "services"
"""The folder of services, beside the project file."""


def generate(
    context: typer.Context,
    service: ServiceName,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FOLDER", help="Where to write it. [default: source of the service, or services/SERVICE]"
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if the generated code does not match the document.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also fail if a handler is missing or not written yet.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite generated files that somebody has edited.")] = False,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Generate a running service from its document.

    API, clients, events, tables and tests are generated anew each time; handlers and settings are begun once, for you.
    """
    if check and force:
        raise UsageError("--check writes nothing, and --force overwrites", remedy="leave one of them out")
    project = load_project(config)
    library = project_library(project, (service,))
    blueprint = Blueprint(service, library.document(service), library)
    folder = to or shown(project.folder / (project.service(service).source or f"{FOLDER}/{service}"))
    code = service_code(blueprint)
    comparison, tables = compare(folder, code), changed_tables(folder, code)
    if not check:
        write(folder, code, comparison, force=force)
    report = handler_report(blueprint, hand_written(folder, code.package))
    console = console_of(context)
    if json:
        console.json(generated_record(folder, code, comparison, report, tables, is_check=check))
    else:
        console.terminal.print(
            GeneratedPage(service, folder, comparison, report, tables, check, strict, unstored_models(blueprint)),
            soft_wrap=True,
        )
    if (check and not comparison.is_current) or (strict and not report.is_complete):
        raise typer.Exit(ExitCode.FINDINGS)
