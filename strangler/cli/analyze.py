"""``strangler analyze``: map a monolith."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.settings import Json
from strangler.model.errors import UnavailableError


def analyze(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder with the monolith's source.")] = Path(),
    html: Annotated[Path | None, typer.Option("--html", metavar="PATH", help="Write the report here.")] = None,
    open_report: Annotated[bool, typer.Option("--open", help="Show the report in a browser.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Folder for the results.", show_default="PATH/.strangler"),
    ] = None,
    json: Json = False,
) -> None:
    """Map a monolith: modules, calls, routes, tables."""
    raise UnavailableError("strangler analyze is not part of this version yet")
