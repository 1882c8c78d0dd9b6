"""``strangler gateway drain``: take all requests off v2 of a service, or off one host, so that it can be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.direct_orders import UNCHANGED, Admin, DirectOrders, fleet_at, project_for_order
from strangler.cli.fleets import fleet_of, orders_of
from strangler.cli.migrations import audit_log_of
from strangler.cli.project_options import Config
from strangler.model.authority import Side
from strangler.model.errors import ExitCode, UsageError
from strangler.model.quantity import quantity
from strangler.planner.gateway_order import given
from strangler.project import Address, Project
from strangler_gateway.admin.fleet import Fleet
from strangler_gateway.admin.messages import DrainRequest
from strangler_gateway.routing.drained_host import MONOLITH, DrainedHost

LOOK_SECONDS = 0.2


def drain(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="The service; with --host also `monolith`.")],
    host: Annotated[
        str | None, typer.Option("--host", metavar="URL", help="Drain only this upstream; the others keep serving.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="With --host: let it take requests again.")] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0, metavar="SECONDS", help="How long to wait for requests in flight.")
    ] = 30.0,
    admin: Admin = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Send nobody to v2 any more, and wait for the requests in flight there; status 1 if some are left."""
    console = console_of(context)
    if undo and host is None:
        raise UsageError(
            "--undo is for one host, by --host URL",
            remedy=f"to send clients to v2 again run: strangler gateway shift {service}",
        )
    if admin and host is not None:
        raise UsageError("--admin empties v2 of a whole service", remedy="leave out --host, or --admin")
    if admin:
        _drain_directly(console, service, admin, timeout, config, json=json)
        return
    project = project_for_order(config, f"strangler gateway drain {service}")
    if host is not None:
        _drain_host(console, project, DrainedHost(service, host.rstrip("/")), timeout, undo=undo, json=json)
        return
    with fleet_of(project) as fleet:
        gateways = orders_of(project, fleet).roll_back(project, service).gateways
        left, seconds = _emptied(lambda: fleet.requests_in_flight(service, Side.V2), timeout)
    audit_log_of(project).record(service, "gateway drain", {"left": left, "seconds": seconds})
    _tell(console, service, timeout, left, seconds, gateways, json=json)


def _drain_directly(
    console: Console, service: str, admin: Sequence[str], timeout: float, config: Path, *, json: bool
) -> None:
    """Drain v2 without the project file."""
    with fleet_at(admin) as fleet:
        orders = DirectOrders(console, fleet, config)
        gateways = orders.give(service, "gateway drain", lambda: fleet.rollback(service), {})
        console.note(f"{service}: nobody new gets to v2; {UNCHANGED}")
        left, seconds = _emptied(lambda: fleet.requests_in_flight(service, Side.V2), timeout)
    _tell(console, service, timeout, left, seconds, gateways, json=json)


def _tell(
    console: Console,
    service: str,
    timeout: float,
    left: int,
    seconds: float,
    gateways: tuple[Address, ...],
    *,
    json: bool,
) -> None:
    """Print the number of requests left at v2; exit with status 1 if there are any."""
    if json:
        _json(console, service, None, left, seconds, gateways)
    elif left:
        console.result(f"{service}: {quantity(left, 'request')} still at v2 after {timeout:g} s; nobody new gets there")
    else:
        console.result(f"{service}: v2 is empty, confirmed by {quantity(len(gateways), 'gateway')}")
    if left:
        raise typer.Exit(ExitCode.FINDINGS)


def _drain_host(
    console: Console, project: Project, host: DrainedHost, timeout: float, *, undo: bool, json: bool
) -> None:
    service = host.application
    if service != MONOLITH:
        project.service(service)
    with fleet_of(project) as fleet:
        gateways = _ordered(project, fleet, DrainRequest(host, drained=not undo))
        left, seconds = (0, 0.0) if undo else _emptied(lambda: fleet.connections_in_use(host.upstream), timeout)
    confirmed = quantity(len(gateways), "gateway")
    if not undo:
        details = {"host": host.upstream, "left": left, "seconds": seconds}
        audit_log_of(project).record(service, "gateway drain host", details)
    if json:
        _json(console, service, host.upstream, left, seconds, gateways)
    elif undo:
        console.result(f"{host} takes requests again, confirmed by {confirmed}")
    elif left:
        console.result(f"{host}: {quantity(left, 'request')} still there after {timeout:g} s; nobody new gets there")
    else:
        console.result(f"{host} is empty, confirmed by {confirmed}; --undo ends it")
    if left:
        raise typer.Exit(ExitCode.FINDINGS)


def _ordered(project: Project, fleet: Fleet, order: DrainRequest) -> tuple[Address, ...]:
    log, service = audit_log_of(project), order.host.application
    action = "gateway drain host" if order.drained else "gateway drain host: undo"
    details = {"host": order.host.upstream}
    log.record(service, action, details)
    return given(log, service, action, lambda: fleet.drain(order), details)


def _emptied(under_way: Callable[[], int], timeout: float) -> tuple[int, float]:
    """Wait until no request is in flight; return the number that is left, and the seconds that passed."""
    begun = time.monotonic()
    while (left := under_way()) and time.monotonic() - begun < timeout:
        time.sleep(min(LOOK_SECONDS, timeout))
    return left, round(time.monotonic() - begun, 3)


def _json(
    console: Console, service: str, host: str | None, left: int, seconds: float, gateways: tuple[Address, ...]
) -> None:
    told: dict[str, object] = {
        "service": service,
        "left": left,
        "seconds": seconds,
        "gateways": list(map(str, gateways)),
    }
    console.json(told if host is None else {**told, "host": host})
