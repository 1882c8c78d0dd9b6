"""``strangler gateway shift`` and ``rollback``: who reads from v2."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.migrations import Config, audit_log_of, fleet_of, migration_of
from strangler.cli.percent import percent_of
from strangler.cli.settings import Json
from strangler.model.authority import Side
from strangler.model.errors import UnavailableError
from strangler.model.quantity import quantity
from strangler.project import Address, Project
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project
from strangler_etl.authority import read_authority, require_settled
from strangler_etl.checkpoint import require_backfilled
from strangler_gateway.fleet import Fleet
from strangler_gateway.shares import put_rollback, put_shares, shift_target


def shift(
    context: typer.Context,
    target: Annotated[
        str,
        typer.Argument(
            metavar="SERVICE|ROUTE", help="The service, or one route as `strangler gateway routes` lists it: 'GET /a'."
        ),
    ],
    to: Annotated[str, typer.Option("--to", metavar="PERCENT", help="Share of the clients that read from it: 10%.")],
    path: Annotated[
        list[str] | None,
        typer.Option(
            "--path", help="The routes with this path template, in place of all sticky ones; may be repeated."
        ),
    ] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Send a share of a service's, or a route's, reading clients to v2."""
    console = console_of(context)
    project = load_project(config)
    percent = percent_of("--to", to)
    service, named = shift_target(project, target, path or ())
    file = ProjectFile.read(project.path)
    changed = put_shares(file, project, service, percent, named)
    file.require_writable(project, f"write v2 = {percent:g} in the traffic of {', '.join(changed)}")
    log = audit_log_of(project)
    with fleet_of(project) as fleet:
        _check_data(project, service, percent)
        fleet.require_before_cutover(service)
        log.record(service, "gateway shift", {"v2": percent, "routes": "; ".join(changed)})
        file.save()
        gateways = fleet.shift(service, percent, named)
    log.record(service, "gateway shift: confirmed", {"v2": percent, "gateways": " ".join(map(str, gateways))})
    if json:
        console.json({"service": service, "v2": percent, "routes": changed, "gateways": [str(g) for g in gateways]})
        return
    routes, confirmed = quantity(len(changed), "route"), quantity(len(gateways), "gateway")
    console.result(f"{service}: {percent:g} % to v2 on {routes}, confirmed by {confirmed}")
    for name in changed:
        console.detail(f"  {name}")


def rollback(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="The service.")],
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Send nobody to v2 any more, whatever a request asks for; before a cut-over."""
    console = console_of(context)
    project = load_project(config)
    with fleet_of(project) as fleet:
        changed, gateways = roll_back(project, fleet, service)
    if json:
        console.json({"service": service, "routes": changed, "gateways": [str(g) for g in gateways]})
        return
    routes, confirmed = quantity(len(changed), "route"), quantity(len(gateways), "gateway")
    console.result(f"{service}: nothing to v2, {routes} changed, confirmed by {confirmed}")


def roll_back(project: Project, fleet: Fleet, service: str) -> tuple[list[str], tuple[Address, ...]]:
    """Roll a service back in the file and at every gateway; return the routes that changed, and who confirmed."""
    file = ProjectFile.read(project.path)
    changed = put_rollback(file, project, service)
    routes = ", ".join(changed) or f"the routes of {service}"
    file.require_writable(
        project, f"write v2 = 0, rolled_back = true, and weight = 0 for arms of v2, in the traffic of {routes}"
    )
    log = audit_log_of(project)
    fleet.require_before_cutover(service)
    log.record(service, "gateway rollback", {"routes": "; ".join(changed)})
    file.save()
    gateways = fleet.rollback(service)
    log.record(service, "gateway rollback: confirmed", {"gateways": " ".join(map(str, gateways))})
    return changed, gateways


def _check_data(project: Project, service: str, percent: float) -> None:
    """Refuse a share that nobody would see, or that would read from a copy that is not whole.

    Gateways may not have heard of a move, the source database has. A share of nothing is the way back from a new
    service in trouble: it needs no database.
    """
    if project.monolith.database is None or project.services[service].database is None:
        return
    try:
        with migration_of(project, service) as migration:
            if migration.source.installed:
                require_settled(read_authority(migration.source, service), Side.V1, "shifting reads")
            if percent:
                require_backfilled(migration.target, migration.mapping)
    except UnavailableError:
        if percent:
            raise
