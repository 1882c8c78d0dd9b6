"""``strangler design lint``: the company's rules over all documents."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.design_documents import project_library
from strangler.cli.installation import NAME
from strangler.cli.project_options import Config
from strangler.cli.render.design import LintPage
from strangler.cli.revisions import Repository
from strangler.contracts.lint.finding import REASONS, Finding
from strangler.contracts.lint.linter import lint as lint_library
from strangler.model.errors import ExitCode, InputError
from strangler.model.json_value import JsonObject
from strangler.model.printable import printable_parts
from strangler.project import Project
from strangler.project_reader import load_project
from strangler.sarif import SarifResult, sarif_log
from strangler.store import write_atomic


def lint(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SERVICE...]", help="Report only on their documents; all are checked in any case."),
    ] = None,
    config: Config = Path(),
    sarif_file: Annotated[
        Path | None, typer.Option("--sarif", metavar="FILE", help="Write SARIF 2.1.0 here, for code scanners.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many findings of each rule to show.")] = 10,
    json: Json = False,
) -> None:
    """Check the documents of all services against the company's rules; the exit status is 1 if one breaks a rule."""
    console = console_of(context)
    project = load_project(config)
    wanted = tuple(names or ())
    library = project_library(project, wanted)
    found = lint_library(library, project.lint, wanted)
    if sarif_file is not None:
        content = msgspec.json.encode(_sarif(found, project))
        write_atomic(sarif_file, msgspec.json.format(content, indent=2) + b"\n")
    if json:
        console.json({"documents": sorted(library.documents), "findings": found})
    else:
        console.terminal.print(LintPage(printable_parts(found), len(library.documents), rows), soft_wrap=True)
    if found:
        raise typer.Exit(ExitCode.FINDINGS)


def rules(context: typer.Context, json: Json = False) -> None:
    """List the rules of lint, each with its reason."""
    console = console_of(context)
    if json:
        console.json({rule.value: reason for rule, reason in REASONS.items()})
        return
    width = max(len(rule) for rule in REASONS)
    for rule, reason in REASONS.items():
        console.result(f"{rule.value:<{width}}  {reason}")


def _sarif(found: tuple[Finding, ...], project: Project) -> JsonObject:
    results = [
        SarifResult(
            item.rule.value,
            f"{item.message}; {item.remedy}",
            from_top(Path(item.location.file), project),
            item.location.line,
            f"{item.subject}",
        )
        for item in found
    ]
    return sarif_log({rule.value: reason for rule, reason in REASONS.items()}, results, version(NAME))


def from_top(file: Path, project: Project) -> str:
    """The file's path from the top of the repository, or from the project if it is not in a repository."""
    try:
        return Repository.around(project.folder).inside(file)
    except (InputError, ValueError):
        return file.as_posix()
