"""The options of every command that is about a service of a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="A service of strangler.toml.")]
Config = Annotated[Path, typer.Option("--config", help="The strangler.toml, or a folder below it.")]
