"""``strangler design import``: a first draft of a document from one of OpenAPI."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.design_drafts import Namespace, Output, draft_target, tell_name
from strangler.cli.project_options import Config, ServiceName
from strangler.contracts.importing.openapi_draft import openapi_draft
from strangler.contracts.importing.openapi_source import OpenApi
from strangler.model.errors import InputError
from strangler.model.quantity import quantity
from strangler.project_reader import load_project
from strangler.store import write_atomic


def import_(
    context: typer.Context,
    service: ServiceName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OpenAPI 3.0 or 3.1, as JSON.")],
    namespace: Namespace = None,
    output: Output = None,
    config: Config = Path(),
) -> None:
    """Draft a service's document from one of OpenAPI; what that does not say is marked."""
    project = load_project(config)
    target = draft_target(project, service, namespace, output)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"can not be read: {error.strerror}", where=str(file)) from error
    draft = openapi_draft(service, namespace, OpenApi.read(data, str(file)))
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, draft.text.encode())
    console = console_of(context)
    console.result(f"wrote {target}: {quantity(draft.operations, 'operation')}")
    if draft.left_out:
        console.note(f"{quantity(draft.left_out, 'operation')} left out: the draft says which")
    tell_name(console, project, service, target)
