"""``strangler why``: the path from one part to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.settings import Json
from strangler.model.errors import UnavailableError


def why(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="A", help="Module, function, route or table.")],
    target: Annotated[str, typer.Argument(metavar="B", help="What A may depend on.")],
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    json: Json = False,
) -> None:
    """Say why one part depends on another."""
    raise UnavailableError("strangler why is not part of this version yet")
