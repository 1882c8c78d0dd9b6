"""``strangler gateway``: the reverse proxy in front of the monolith."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from strangler.cli.console import console_of
from strangler.model.errors import UsageError
from strangler.project import FILE_NAME, Address
from strangler.project_reader import load_project, parse_address
from strangler_gateway.server import serve, settings

gateway = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Config = Annotated[Path, typer.Option("--config", help=f"The {FILE_NAME}, or a folder below it.")]


@gateway.callback()
def group() -> None:
    """Run the gateway, and tell it what to do."""


@gateway.command()
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
) -> None:
    """Forward requests to the monolith and its services until SIGTERM."""
    console = console_of(context)
    project = load_project(config)
    chosen = settings(project, os.environ, _address("--listen", listen), _address("--admin", admin))
    logging.basicConfig(
        level=logging.INFO if console.settings.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )

    def ready(data: Address, admin: Address) -> None:
        console.note(f"gateway ready: http://{data}, admin http://{admin}")

    uvloop.run(serve(chosen, ready))


def _address(option: str, text: str | None) -> Address | None:
    if text is None:
        return None
    try:
        return parse_address(text)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from error
