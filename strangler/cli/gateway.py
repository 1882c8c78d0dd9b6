"""``strangler gateway``: the reverse proxy in front of the monolith."""

from __future__ import annotations

from pathlib import Path

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.direct_orders import AskedAdmin, fleet_at, project_for_order
from strangler.cli.fleets import fleet_of
from strangler.cli.gateway_deliver import deliver
from strangler.cli.gateway_drain import drain
from strangler.cli.gateway_export import export_plan
from strangler.cli.gateway_process import run
from strangler.cli.gateway_routes import routes
from strangler.cli.gateway_shadow import diffs, shadow
from strangler.cli.gateway_shift import rollback, shift
from strangler.cli.project_options import Config
from strangler.cli.render.gateway import status_lines

gateway = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@gateway.callback()
def group() -> None:
    """Run the gateway, and control it."""


for command in (run, shift, deliver, rollback, drain, routes, shadow, diffs):
    gateway.command()(command)
gateway.command("export")(export_plan)


@gateway.command()
def status(context: typer.Context, admin: AskedAdmin = None, config: Config = Path(), json: Json = False) -> None:
    """Show what every gateway knows."""
    console = console_of(context)
    gateways = fleet_at(admin) if admin else fleet_of(project_for_order(config, "strangler gateway status"))
    with gateways as fleet:
        statuses = fleet.statuses()
    if json:
        console.json({str(address): known for address, known in statuses.items()})
        return
    for address, known in statuses.items():
        for line in status_lines(address, known):
            console.result(line)
