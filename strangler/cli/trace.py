"""``strangler trace``: walk one request through the code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.settings import Json
from strangler.model.errors import UnavailableError


def trace(
    context: typer.Context,
    request: Annotated[str, typer.Argument(help='The request, as in "POST /orders".')],
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    json: Json = False,
) -> None:
    """Walk one request through the code."""
    raise UnavailableError("strangler trace is not part of this version yet")
