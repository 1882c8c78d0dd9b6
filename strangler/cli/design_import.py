"""``strangler design import``: a first draft of a document from an OpenAPI description."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.design_drafts import Namespace, Output, draft_target, tell_name
from strangler.cli.project_options import Config, ServiceName
from strangler.contracts.importing.openapi_draft import IsWanted, openapi_draft
from strangler.contracts.importing.openapi_source import OpenApi
from strangler.model.errors import InputError
from strangler.model.quantity import quantity
from strangler.planner.moved_requests import service_answers
from strangler.project import Project
from strangler.project_reader import load_project
from strangler.store import write_atomic


def import_(
    context: typer.Context,
    service: ServiceName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OpenAPI 3.0 or 3.1, as JSON.")],
    namespace: Namespace = None,
    output: Output = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also operations that [[routes]] does not give to the service.")
    ] = False,
    config: Config = Path(),
) -> None:
    """Draft a service's document from an OpenAPI document; what that does not say is marked.

    If [[routes]] names requests of the service, only their operations are taken.
    """
    project = load_project(config)
    target = draft_target(project, service, namespace, output)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(file)) from error
    is_wanted = _everything if everything else _declared(project, service)
    draft = openapi_draft(service, namespace, OpenApi.read(data, str(file)), is_wanted)
    if draft.unwanted and not draft.operations + draft.left_out:
        raise InputError(
            f"has {quantity(draft.unwanted, 'operation')}, and none that [[routes]] gives to {service}",
            where=str(file),
            remedy="correct [[routes]] in strangler.toml, or take all: --all",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(target, draft.text.encode())
    console = console_of(context)
    console.result(f"wrote {target}: {quantity(draft.operations, 'operation')}")
    if draft.unwanted:
        console.note(f"{quantity(draft.unwanted, 'operation')} left to others by [[routes]]; --all takes them too")
    if draft.left_out:
        console.note(f"{quantity(draft.left_out, 'operation')} left out: the draft says which")
    tell_name(console, project, service, target)


def _everything(_method: str, _path: str) -> bool:
    return True


def _declared(project: Project, service: str) -> IsWanted:
    """The requests that [[routes]] gives to the service; all if it names none of its requests."""
    if any(rule.service == service for rule in project.routes):
        return service_answers(service, project.routes)
    return _everything
