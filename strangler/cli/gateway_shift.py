"""``strangler gateway shift`` and ``rollback``: choose which clients read from v2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.direct_orders import Admin, DirectOrders, fleet_at, project_for_order
from strangler.cli.fleets import Target, fleet_of, orders_of
from strangler.cli.percent import percent_of
from strangler.cli.project_options import Config
from strangler.model.errors import UsageError
from strangler.model.quantity import quantity
from strangler.project import Override
from strangler.project_sections.traffic import MOST_WEIGHT, parse_override
from strangler_gateway.admin.messages import ShiftRequest
from strangler_gateway.routing.route_traffic import Shift
from strangler_gateway.routing.shares import shift_target

AcceptStaleReads = Annotated[
    bool,
    typer.Option("--accept-stale-reads", help="Also from a copy that no follower keeps up to date, as one of MariaDB."),
]


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
    accept_stale_reads: AcceptStaleReads = False,
    admin: Admin = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Send a share of a service's, or a route's, reading clients to v2."""
    console = console_of(context)
    order = _shift(to, header, cookie, ab, blue_green=blue_green)
    if admin:
        _shift_back(console, target, order, path or (), admin, config, json=json)
        return
    project = project_for_order(
        config, f"strangler gateway {'shift --to 0%' if order == Shift(0) else 'rollback'} SERVICE"
    )
    service, named = shift_target(project, target, path or ())
    with fleet_of(project) as fleet:
        ordered = orders_of(project, fleet).shift(project, service, order, named, stale=accept_stale_reads)
    if json:
        console.json(
            {
                "service": service,
                "v2": order.v2,
                "override": str(order.override) if order.override else None,
                "weights": order.weights,
                "routes": ordered.routes,
                "gateways": [str(gateway) for gateway in ordered.gateways],
            }
        )
        return
    routes, confirmed = quantity(len(ordered.routes), "route"), quantity(len(ordered.gateways), "gateway")
    console.result(f"{service}: {order} on {routes}, confirmed by {confirmed}")
    for name in ordered.routes:
        console.detail(f"  {name}")


def rollback(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="The service.")],
    admin: Admin = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Send nobody to v2 any more, whatever a request asks for. Before a cut-over only."""
    console = console_of(context)
    if admin:
        with fleet_at(admin) as fleet:
            orders = DirectOrders(console, fleet, config)
            gateways = orders.give(service, "gateway rollback", lambda: fleet.rollback(service), {})
            orders.tell(service, "nothing to v2", gateways, json=json)
        return
    project = project_for_order(config, f"strangler gateway rollback {service}")
    with fleet_of(project) as fleet:
        ordered = orders_of(project, fleet).roll_back(project, service)
    if json:
        console.json({"service": service, "routes": ordered.routes, "gateways": [str(g) for g in ordered.gateways]})
        return
    routes, confirmed = quantity(len(ordered.routes), "route"), quantity(len(ordered.gateways), "gateway")
    console.result(f"{service}: nothing to v2, {routes} changed, confirmed by {confirmed}")


def _shift_back(
    console: Console,
    service: str,
    order: Shift,
    paths: Sequence[str],
    admin: Sequence[str],
    config: Path,
    *,
    json: bool,
) -> None:
    """Order a share of zero without the project file; UsageError for options that could send somebody to v2."""
    if order != Shift(0):
        raise UsageError(
            "with --admin there is only the way back: what sends clients to v2 is checked against strangler.toml",
            remedy="give --to 0%, or leave out --admin",
        )
    with fleet_at(admin) as fleet:
        orders = DirectOrders(console, fleet, config)
        request = ShiftRequest(service, order.v2, tuple(paths))
        gateways = orders.give(service, "gateway shift", lambda: fleet.shift(request), {"traffic": str(order)})
        orders.tell(service, str(order), gateways, json=json)


def _shift(to: str | None, header: str | None, cookie: str | None, ab: str | None, *, blue_green: bool) -> Shift:
    """Return the shift that the options ask for; UsageError if they ask for none, or contradict each other."""
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
