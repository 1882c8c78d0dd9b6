"""The options of every command that concerns a service of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.model.errors import UsageError
from strangler.project import Address
from strangler.project_sections.gateway import parse_address

ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="A service of strangler.toml.")]
Config = Annotated[Path, typer.Option("--config", help="The strangler.toml, or a folder below it.")]


def address_of(option: str, text: str) -> Address:
    """Parse the ``host:port`` given with an option; UsageError if it is not one."""
    try:
        return parse_address(text)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from error
