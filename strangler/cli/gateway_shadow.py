"""``strangler gateway shadow`` and ``diffs``: compare the answers of both sides to the same requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.fleets import Target, fleet_of
from strangler.cli.migrations import audit_log_of
from strangler.cli.percent import percent_of
from strangler.cli.project_options import Config
from strangler.cli.render.diffs import diffs_lines
from strangler.model.errors import ExitCode, UsageError
from strangler.model.quantity import quantity
from strangler.planner.gateway_order import given
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project
from strangler_gateway.routing.shares import shift_target
from strangler_gateway.shadow.report import Diffs, RouteDiffs
from strangler_gateway.shadow.setting import put_shadow


def shadow(
    context: typer.Context,
    target: Target,
    sample: Annotated[
        str | None, typer.Option("--sample", metavar="PERCENT", help="Share of the requests that is copied: 10%.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Stop copying.")] = False,
    path: Annotated[
        list[str] | None,
        typer.Option("--path", help="The routes with this path template, in place of all; may be repeated."),
    ] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Copy a share of the requests to the other side, and compare the answers."""
    console = console_of(context)
    if (sample is None) is not off:
        raise UsageError("say either --sample PERCENT or --off")
    share = 0.0 if sample is None else percent_of("--sample", sample)
    project = load_project(config)
    service, named = shift_target(project, target, path or ())
    file = ProjectFile.read(project.path)
    changed = put_shadow(file, project, service, share, named)
    file.require_writable(project, f"write shadow = {share:g} in the traffic of {', '.join(changed)}")
    log = audit_log_of(project)
    with fleet_of(project) as fleet:
        log.record(service, "gateway shadow", {"sample": share, "routes": "; ".join(changed)})
        file.save()
        gateways = given(log, service, "gateway shadow", lambda: fleet.shadow(service, share, named), {"sample": share})
    if json:
        told = {"service": service, "sample": share, "routes": changed, "gateways": [str(g) for g in gateways]}
        console.json(told)
        return
    routes, confirmed = quantity(len(changed), "route"), quantity(len(gateways), "gateway")
    console.result(f"{service}: {share:g} % shadowed on {routes}, confirmed by {confirmed}")
    for name in changed:
        console.detail(f"  {name}")


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
            help="End with status 1 when more pairs of a route are unexplained or tell nothing, or none was compared.",
        ),
    ] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Show how the answers of v1 and v2 to shadowed requests differ."""
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
    return not routes or any(_rate(route) > rate for route in routes)


def _rate(route: RouteDiffs) -> float:
    """Return the share of pairs that no comparison confirms; 1.0 if there are no pairs."""
    unconfirmed = route.counts.unconfirmed
    pairs = route.summary.compared + unconfirmed
    return (route.summary.unexplained + route.summary.body_noise + unconfirmed) / pairs if pairs else 1.0
