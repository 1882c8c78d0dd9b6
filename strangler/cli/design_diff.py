"""``strangler design diff``: what a new version of a document breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from msgspec import to_builtins

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.design_documents import project_library
from strangler.cli.design_versions import Version, named_versions
from strangler.cli.project_options import Config
from strangler.cli.render.design_changes import ChangePage
from strangler.contracts.comparison.reach import Reach, Versions, reaches
from strangler.contracts.library import Library
from strangler.contracts.library_reader import file_text
from strangler.model.errors import ConfigurationError, ExitCode
from strangler.model.json_value import JsonObject
from strangler.model.printable import printable_parts
from strangler.project_reader import find_project_file, load_project

_HELP = "A design document, git:REVISION for the other one's file then, or git:REVISION:FILE."


def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help=_HELP)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Likewise.")],
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Show what changes from one version of a document to another; the exit status is 1 if a client breaks.

    With a strangler.toml, each breaking change names the services whose documents use what breaks.
    """
    before, after = named_versions(old, new)
    console = console_of(context)
    versions = Versions(before.document, before.library, after.document, after.library)
    found = reaches(versions, _company(console, config, before, after))
    if json:
        console.json({"changes": [_told(item) for item in found]})
    else:
        console.terminal.print(ChangePage(printable_parts(found)), soft_wrap=True)
    if any(item.change.breaking for item in found):
        raise typer.Exit(ExitCode.FINDINGS)


def _company(console: Console, config: Path, before: Version, after: Version) -> Library | None:
    """The project's documents, if any, with the changed one in its old version, which the others still use."""
    if config == Path() and find_project_file(config) is None:
        return None
    files = {Path(version.document.file).resolve() for version in (before, after)}

    def then(path: Path) -> str:
        return before.text if path.resolve() in files else file_text(path)

    try:
        project = load_project(config)
        if not any(service.design for service in project.services.values()):
            return None
        try:
            return project_library(project, read=then)
        except ConfigurationError:  # The old version may need older versions of other documents.
            return project_library(project)
    except ConfigurationError as error:
        if config != Path():
            raise
        console.note(f"who uses it is not known: {error}")
        return None


def _told(reach: Reach) -> JsonObject:
    found: JsonObject = to_builtins(reach.change)
    return {**found, "used_by": None if reach.users is None else list(reach.users)}
