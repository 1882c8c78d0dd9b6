"""``strangler gateway diffs``: what both sides answer to the same request."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.migrations import Config, fleet_of
from strangler.cli.render.diffs import diffs_lines
from strangler.cli.settings import Json
from strangler.model.errors import ExitCode
from strangler.project_reader import load_project
from strangler_gateway.shadow.report import Diffs
from strangler_gateway.shares import shift_target


def diffs(
    context: typer.Context,
    target: Annotated[
        str | None, typer.Argument(metavar="SERVICE|ROUTE", help="Only those of a service, or of one route.")
    ] = None,
    fail_over: Annotated[
        float | None,
        typer.Option(
            "--fail-over",
            min=0,
            max=100,
            metavar="PERCENT",
            help="End with status 1 when more of the pairs of a route are unexplained, or none was compared.",
        ),
    ] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Show in what the answers of v1 and v2 to the shadowed requests differ."""
    console = console_of(context)
    project = load_project(config)
    service, named = shift_target(project, target, ()) if target else (None, ())
    with fleet_of(project) as fleet:
        known = fleet.diffs()
    found = Diffs(
        {
            name: route
            for name, route in known.routes.items()
            if service in (None, route.service) and (not named or name in named)
        }
    )
    if json:
        console.json(found)
    else:
        for line in diffs_lines(found):
            console.result(line)
    if fail_over is not None and _fails(found, fail_over / 100):
        raise typer.Exit(ExitCode.FINDINGS)


def _fails(found: Diffs, rate: float) -> bool:
    routes = found.routes.values()
    return not routes or any(r.summary.unexplained_rate > rate or not r.summary.compared for r in routes)
