"""``strangler gateway shift`` and ``rollback``: who reads from v2."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.migrations import Config, Target, audit_log_of, fleet_of, migration_of
from strangler.cli.percent import percent_of
from strangler.cli.settings import Json
from strangler.model.authority import Side
from strangler.model.errors import UnavailableError, UsageError
from strangler.model.quantity import quantity
from strangler.planner.gateway_order import given
from strangler.project import Address, Override, Project
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project
from strangler.project_sections.traffic import MOST_WEIGHT, parse_override
from strangler_etl.authority import read_authority, require_settled
from strangler_etl.checkpoint import require_backfilled
from strangler_gateway.admin_messages import ShiftRequest
from strangler_gateway.fleet import Fleet
from strangler_gateway.route_traffic import Shift
from strangler_gateway.shares import put_rollback, put_shift, shift_target


def shift(
    context: typer.Context,
    target: Target,
    to: Annotated[
        str | None, typer.Option("--to", metavar="PERCENT", help="Share of the clients that read from it: 10%.")
    ] = None,
    header: Annotated[
        str | None, typer.Option("--header", metavar="NAME=VALUE", help="Requests with this header read from it.")
    ] = None,
    cookie: Annotated[
        str | None, typer.Option("--cookie", metavar="NAME=VALUE", help="Requests with this cookie read from it.")
    ] = None,
    ab: Annotated[
        str | None,
        typer.Option("--ab", metavar="ARM=WEIGHT,...", help="Weights of the arms; those not named get none."),
    ] = None,
    blue_green: Annotated[
        bool, typer.Option("--blue-green", help="All clients at once, and routes that are not sticky, too.")
    ] = False,
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
    order = _shift(to, header, cookie, ab, blue_green=blue_green)
    service, named = shift_target(project, target, path or ())
    file = ProjectFile.read(project.path)
    changed = put_shift(file, project, service, order, named)
    file.require_writable(project, f"write {_written(order)} in the traffic of {', '.join(changed)}")
    log = audit_log_of(project)
    with fleet_of(project) as fleet:
        _check_data(project, service, sends=order != Shift(0))
        fleet.require_before_cutover(service)
        log.record(service, "gateway shift", {"traffic": str(order), "routes": "; ".join(changed)})
        file.save()
        override = str(order.override) if order.override else None
        request = ShiftRequest(service, order.v2, named, override, dict(order.weights), everybody=order.everybody)
        gateways = given(log, service, "gateway shift", lambda: fleet.shift(request), {"traffic": str(order)})
    if json:
        console.json(
            {
                "service": service,
                "v2": order.v2,
                "override": override,
                "weights": order.weights,
                "routes": changed,
                "gateways": [str(gateway) for gateway in gateways],
            }
        )
        return
    routes, confirmed = quantity(len(changed), "route"), quantity(len(gateways), "gateway")
    console.result(f"{service}: {order} on {routes}, confirmed by {confirmed}")
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
    gateways = given(log, service, "gateway rollback", lambda: fleet.rollback(service))
    return changed, gateways


def _check_data(project: Project, service: str, *, sends: bool) -> None:
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
            if sends:
                require_backfilled(migration.target, migration.mapping)
    except UnavailableError:
        if sends:
            raise


def _shift(to: str | None, header: str | None, cookie: str | None, ab: str | None, *, blue_green: bool) -> Shift:
    """Return what the options ask for together; UsageError when nothing, or when they contradict each other."""
    shares = [name for name, value in (("--to", to), ("--ab", ab), ("--blue-green", blue_green)) if value]
    if len(shares) > 1:
        raise UsageError(f"{' and '.join(shares)} say who reads from v2 in two ways", remedy="give one of them")
    if header and cookie:
        raise UsageError("a route hears one header or one cookie", remedy="give --header or --cookie")
    v2 = 100.0 if blue_green else percent_of("--to", to) if to is not None else None
    override = _override("header", header) if header else _override("cookie", cookie) if cookie else None
    if v2 is None and override is None and not ab:
        raise UsageError(
            "nothing is said about who reads from v2", remedy="give --to 10%, --header, --ab or --blue-green"
        )
    return Shift(v2, override, _weights(ab) if ab else {}, everybody=blue_green)


def _override(source: str, text: str) -> Override:
    try:
        return parse_override(f"{source}:{text}")
    except ValueError as error:
        raise UsageError(f"--{source} {text} must be NAME=VALUE") from error


def _weights(text: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        try:
            weights[name] = float(weight)
        except ValueError:
            weights[name] = -1
        if not name or not 0 <= weights[name] <= MOST_WEIGHT:
            raise UsageError(
                f"--ab {text} must be ARM=WEIGHT,ARM=WEIGHT", remedy=f"weights are from 0 to {MOST_WEIGHT}"
            )
    return weights


def _written(shift: Shift) -> str:
    """Return what a shift writes into the file, for whoever has to do it by hand."""
    parts = [f"v2 = {shift.v2:g}"] if shift.v2 is not None else []
    parts += [f'override = "{shift.override}"'] if shift.override else []
    parts += [f"weight = {weight:g} for the arm {name}" for name, weight in shift.weights.items()]
    return ", ".join(parts)
