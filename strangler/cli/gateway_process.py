"""``strangler gateway run``: the process that takes requests."""

from __future__ import annotations

import logging
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from strangler.cli.console import console_of
from strangler.cli.project_options import Config
from strangler.model.errors import UsageError
from strangler.project import Address
from strangler.project_reader import load_project
from strangler.project_sections.gateway import parse_address
from strangler_gateway.admin_api import audit
from strangler_gateway.envoy_engine.server import serve_by_envoy
from strangler_gateway.open_files import allow_many
from strangler_gateway.server import serve, settings
from strangler_gateway.supervisor import supervise


class Engine(StrEnum):
    """What carries the bytes of requests."""

    STRANGLER = "strangler"
    ENVOY = "envoy"


def run(
    context: typer.Context,
    config: Config = Path(),
    listen: Annotated[
        str | None, typer.Option("--listen", metavar="HOST:PORT", help="Where clients connect; not what the file says.")
    ] = None,
    admin: Annotated[
        str | None,
        typer.Option("--admin", metavar="HOST:PORT", help="Where administrators connect; not what the file says."),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="How many processes take requests, as one gateway.")
    ] = 1,
    engine: Annotated[
        Engine, typer.Option("--engine", help="What carries the bytes: this program, or Envoy, which it tells how.")
    ] = Engine.STRANGLER,
) -> None:
    """Forward requests to the monolith and its services until SIGTERM."""
    console = console_of(context)
    project = load_project(config)
    chosen = settings(project, os.environ, _address("--listen", listen), _address("--admin", admin), workers)
    logging.basicConfig(
        level=logging.INFO if console.settings.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    audit.setLevel(logging.INFO)

    def ready(data: Address, admin: Address) -> None:
        console.note(f"gateway ready: {'https' if chosen.tls else 'http'}://{data}, admin http://{admin}")

    allow_many()
    match engine:
        case Engine.ENVOY:
            uvloop.run(serve_by_envoy(chosen, ready))
        case Engine.STRANGLER:
            uvloop.run(serve(chosen, ready) if workers == 1 else supervise(chosen, ready))


def _address(option: str, text: str | None) -> Address | None:
    if text is None:
        return None
    try:
        return parse_address(text)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from error
