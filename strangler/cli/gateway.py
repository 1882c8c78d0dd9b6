"""``strangler gateway``: the reverse proxy in front of the monolith."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from strangler.cli.console import console_of
from strangler.cli.migrations import audit_log_of, fleet_of, migration_of
from strangler.cli.settings import Json
from strangler.cli.shadow import diffs
from strangler.model.authority import Side
from strangler.model.errors import UnavailableError, UsageError
from strangler.model.quantity import quantity
from strangler.project import FILE_NAME, Address, Project
from strangler.project_file import ProjectFile
from strangler.project_reader import load_project
from strangler.project_sections.gateway import parse_address
from strangler_etl.authority import read_authority, require_settled
from strangler_etl.checkpoint import require_backfilled
from strangler_gateway.admin_api import audit
from strangler_gateway.admin_messages import GatewayStatus
from strangler_gateway.metrics.applications import ApplicationStatus
from strangler_gateway.open_files import allow_many
from strangler_gateway.plan import route_of
from strangler_gateway.route_table import RouteTable
from strangler_gateway.server import serve, settings
from strangler_gateway.shares import put_rollback, put_shares, shift_target
from strangler_gateway.supervisor import supervise

gateway = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

Config = Annotated[Path, typer.Option("--config", help=f"The {FILE_NAME}, or a folder below it.")]


gateway.command()(diffs)


@gateway.callback()
def group() -> None:
    """Run the gateway, and tell it what to do."""


@gateway.command()
def run(
    context: typer.Context,
    config: Config = Path(),
    listen: Annotated[
        str | None, typer.Option("--listen", metavar="HOST:PORT", help="Where clients connect; not what the file says.")
    ] = None,
    admin: Annotated[
        str | None,
        typer.Option("--admin", metavar="HOST:PORT", help="Where administrators connect; not what the file says."),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="How many processes take requests, as one gateway.")
    ] = 1,
) -> None:
    """Forward requests to the monolith and its services until SIGTERM."""
    console = console_of(context)
    project = load_project(config)
    chosen = settings(project, os.environ, _address("--listen", listen), _address("--admin", admin), workers)
    logging.basicConfig(
        level=logging.INFO if console.settings.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(message)s",
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    audit.setLevel(logging.INFO)

    def ready(data: Address, admin: Address) -> None:
        console.note(f"gateway ready: {'https' if chosen.tls else 'http'}://{data}, admin http://{admin}")

    allow_many()
    uvloop.run(serve(chosen, ready) if workers == 1 else supervise(chosen, ready))


@gateway.command()
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
    percent = _percent(to)
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


@gateway.command()
def rollback(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="The service.")],
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Send nobody to v2 any more, whatever a request asks for; before a cut-over."""
    console = console_of(context)
    project = load_project(config)
    file = ProjectFile.read(project.path)
    changed = put_rollback(file, project, service)
    routes_to_change = ", ".join(changed) or f"the routes of {service}"
    file.require_writable(
        project,
        f"write v2 = 0, rolled_back = true, and weight = 0 for arms of v2, in the traffic of {routes_to_change}",
    )
    log = audit_log_of(project)
    with fleet_of(project) as fleet:
        fleet.require_before_cutover(service)
        log.record(service, "gateway rollback", {"routes": "; ".join(changed)})
        file.save()
        gateways = fleet.rollback(service)
    log.record(service, "gateway rollback: confirmed", {"gateways": " ".join(map(str, gateways))})
    if json:
        console.json({"service": service, "routes": changed, "gateways": [str(g) for g in gateways]})
        return
    routes, confirmed = quantity(len(changed), "route"), quantity(len(gateways), "gateway")
    console.result(f"{service}: nothing to v2, {routes} changed, confirmed by {confirmed}")


@gateway.command()
def routes(context: typer.Context, config: Config = Path(), json: Json = False) -> None:
    """List the rules in the order in which they win."""
    console = console_of(context)
    project = load_project(config)
    table = RouteTable([route_of(rule, stateless=project.services[rule.service].stateless) for rule in project.routes])
    if json:
        console.json([{"route": route.name, "service": route.service, "v2": route.v2} for _, route in table.ranked])
        return
    for number, (_, route) in enumerate(table.ranked, 1):
        share = "rolled back" if route.rolled_back else f"{route.v2:g} % to v2"
        console.result(f"{number}. {route.name}: {route.service}, {share}")
    console.result("what no rule names: " + ("refused" if project.gateway.refuse_undeclared else "to the monolith"))


@gateway.command()
def status(context: typer.Context, config: Config = Path(), json: Json = False) -> None:
    """Show what every gateway knows."""
    console = console_of(context)
    with fleet_of(load_project(config)) as fleet:
        statuses = fleet.statuses()
    if json:
        console.json({str(address): known for address, known in statuses.items()})
        return
    for address, known in statuses.items():
        for line in _status_lines(address, known):
            console.result(line)


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


def _status_lines(address: Address, known: GatewayStatus) -> Iterator[str]:
    yield f"gateway {address}: process {known.pid}, plan {known.plan}"
    for problem in known.problems:
        yield f"  refused {problem}"
    for name, application in known.applications.items():
        if application != ApplicationStatus():
            yield f"  {name if name == 'monolith' else f'v2 of {name}'}: {', '.join(_trouble(application))}"
    for name, service in known.services.items():
        yield f"  {name}: authority {service.side}, epoch {service.epoch}"
        counts = service.in_flight
        yield (
            f"    in flight: v1 {counts.v1.read} reads, {counts.v1.write} writes;"
            f" v2 {counts.v2.read} reads, {counts.v2.write} writes"
        )
        for count in counts.routes:
            yield f"      {count.requests} to {count.side}: {count.route}"
        if service.hold is not None:
            hold = service.hold
            yield f"    held for {hold.seconds_left:.1f} s more: {hold.waiting} of at most {hold.limit} wait"
        for route in service.rolled_back:
            yield f"    rolled back: {route}"
        for route, share in service.shares.items():
            if share:
                yield f"    {share:g} % to v2: {route}"


def _trouble(application: ApplicationStatus) -> Iterator[str]:
    """Yield what has gone wrong since the gateway started, and what still does."""
    if application.breaker_open:
        yield "breaker open"
    if application.out:
        yield f"left out: {' '.join(application.out)}"
    if application.breaker_openings:
        yield f"breaker opened {quantity(application.breaker_openings, 'time')}"
    if application.ejections:
        yield quantity(application.ejections, "ejection")
    if application.retries:
        yield quantity(application.retries, "retry", "retries")
    if application.retries_refused:
        yield f"{quantity(application.retries_refused, 'retry', 'retries')} refused by the budget"
    if application.fallbacks:
        yield f"{quantity(application.fallbacks, 'request')} answered by v1"


def _percent(text: str) -> float:
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise UsageError(f"--to {text} must be a share from 0% to 100%")
    return percent


def _address(option: str, text: str | None) -> Address | None:
    if text is None:
        return None
    try:
        return parse_address(text)
    except ValueError as error:
        raise UsageError(f"{option} {error}") from error
