"""The files that drafts of documents are written to, and their names in strangler.toml."""

from __future__ import annotations

from os.path import relpath
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import Console
from strangler.cli.design_documents import FOLDER
from strangler.cli.source_folder import shown
from strangler.contracts.namespace import is_namespace
from strangler.model.errors import InputError, UsageError
from strangler.project import Project

Namespace = Annotated[
    str | None, typer.Option("--namespace", metavar="NAME", help="Ends with the version. [default: SERVICE.v0]")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Where to write it. [default: design/SERVICE.json5]"),
]


def draft_target(project: Project, service: str, namespace: str | None, output: Path | None) -> Path:
    """The file to write a draft to; InputError if it exists, UsageError for an invalid namespace."""
    if namespace is not None and not is_namespace(namespace):
        raise UsageError(f"{namespace} is no namespace", remedy="write lower-case words with dots: shop.reviews.v0")
    declared = project.service(service)
    target = output or shown(project.folder / (declared.design or f"{FOLDER}/{service}.json5"))
    if target.exists():
        raise InputError("is there already", where=str(target), remedy="name another file: --output FILE")
    return target


def tell_name(console: Console, project: Project, service: str, target: Path) -> None:
    """Say which setting names the document, unless one already does."""
    if project.service(service).design is None:
        written = Path(relpath(target, project.folder)).as_posix()
        console.note(f'name it in [services.{service}]: design = "{written}"')
