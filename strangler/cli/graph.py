"""``strangler graph``: export the map."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from strangler.model.errors import UnavailableError


class GraphFormat(StrEnum):
    """The shapes the map is exported in."""

    JSON = "json"
    GRAPHML = "graphml"
    DOT = "dot"
    MERMAID = "mermaid"
    CSV = "csv"
    FACTS = "facts"


def graph(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    format_: Annotated[GraphFormat, typer.Option("--format", help="Shape of the export.")] = GraphFormat.JSON,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write to a file, not to standard output."),
    ] = None,
) -> None:
    """Export the map for other programs."""
    raise UnavailableError("strangler graph is not part of this version yet")
