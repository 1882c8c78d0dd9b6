"""``strangler gateway drain``: empty v2 of a service, so that it can be stopped."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.migrations import Config, audit_log_of, fleet_of, orders_of
from strangler.cli.settings import Json
from strangler.model.authority import Side
from strangler.model.errors import ExitCode
from strangler.model.quantity import quantity
from strangler.project_reader import load_project

LOOK_SECONDS = 0.2


def drain(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="The service.")],
    timeout: Annotated[
        float, typer.Option("--timeout", min=0, metavar="SECONDS", help="How long requests under way may take.")
    ] = 30.0,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Send nobody to v2 any more, and wait until what is under way there has ended; status 1 when it has not."""
    console = console_of(context)
    project = load_project(config)
    log = audit_log_of(project)
    with fleet_of(project) as fleet:
        gateways = orders_of(project, fleet).roll_back(project, service).gateways
        begun = time.monotonic()
        while (left := fleet.requests_in_flight(service, Side.V2)) and time.monotonic() - begun < timeout:
            time.sleep(min(LOOK_SECONDS, timeout))
        seconds = round(time.monotonic() - begun, 3)
    log.record(service, "gateway drain", {"left": left, "seconds": seconds})
    if json:
        console.json({"service": service, "left": left, "seconds": seconds, "gateways": [str(g) for g in gateways]})
    elif left:
        console.result(f"{service}: {quantity(left, 'request')} still at v2 after {timeout:g} s; nobody new gets there")
    else:
        console.result(f"{service}: v2 is empty, confirmed by {quantity(len(gateways), 'gateway')}")
    if left:
        raise typer.Exit(ExitCode.FINDINGS)
