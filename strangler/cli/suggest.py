"""``strangler suggest``: propose services."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.render.printable import printable_parts
from strangler.cli.render.suggestion import SuggestionPage
from strangler.cli.saved_graph import load_graph
from strangler.cli.settings import Json
from strangler.model.errors import UsageError
from strangler_analyzers.boundaries.suggestion import study
from strangler_analyzers.boundaries.suggestion import suggest as propose


def suggest(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    services: Annotated[
        int | None,
        typer.Option("--services", min=1, metavar="N", help="Propose so many. [default: as many as come naturally]"),
    ] = None,
    level: Annotated[
        int | None,
        typer.Option("--level", metavar="N", help="Finer (above 0) or coarser (below) by so many joins than natural."),
    ] = None,
    round_trip: Annotated[
        float, typer.Option("--round-trip", min=0, metavar="MS", help="What a call of another service takes.")
    ] = 2.0,
    rows: Annotated[int, typer.Option("--rows", min=1, help="How much of long lists to show.")] = 5,
    json: Json = False,
) -> None:
    """Propose services, and what crosses between them."""
    if services is not None and level is not None:
        raise UsageError("--services and --level both say how many", remedy="leave one of them out")
    found = study(load_graph(path))
    wanted = services if level is None else max(1, found.clustering.natural + level)
    suggestion = propose(found, wanted)
    console = console_of(context)
    if json:
        console.json(suggestion)
    else:
        console.terminal.print(SuggestionPage(printable_parts(suggestion), round_trip, rows))
