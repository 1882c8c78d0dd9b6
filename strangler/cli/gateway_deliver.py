"""``strangler gateway deliver``: raise v2's share step by step, based on what both sides show at the same time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.fleets import Target, fleet_of, orders_of
from strangler.cli.migrations import audit_log_of
from strangler.cli.project_options import Config
from strangler.model.delivery import DIFFERENCES, DeliveryTerms
from strangler.model.errors import ExitCode, InputError, UsageError
from strangler.planner.delivery.conducting import Conductor, Finished, Outcome, RolledBack, Stopped
from strangler.planner.delivery.fleet_gateways import FleetGateways
from strangler.planner.delivery.standing_file import StandingFile
from strangler.project_reader import load_project
from strangler.store import ArtefactStore
from strangler_gateway.requests.facts import SHARED_METHODS
from strangler_gateway.routing.plan import Route
from strangler_gateway.routing.route_traffic import Shift
from strangler_gateway.routing.shares import routes_of, shift_target, shifted_routes


def deliver(
    context: typer.Context,
    target: Target,
    steps: Annotated[
        str | None, typer.Option("--steps", metavar="PERCENT,...", help="The shares of v2, one after the other.")
    ] = None,
    pause: Annotated[
        float | None, typer.Option("--pause", min=0, metavar="SECONDS", help="Minimum duration of each step.")
    ] = None,
    errors: Annotated[
        float | None,
        typer.Option("--errors", min=0.01, max=100, metavar="POINTS", help="How much more of v2's answers may fail."),
    ] = None,
    latency: Annotated[
        float | None, typer.Option("--latency", min=1, metavar="FACTOR", help="How much slower v2 may be.")
    ] = None,
    differences: Annotated[
        float | None,
        typer.Option(
            "--differences", min=0.01, max=100, metavar="PERCENT", help="How many compared answers may be unexplained."
        ),
    ] = None,
    interval: Annotated[
        float | None, typer.Option("--interval", min=0.05, metavar="SECONDS", help="Time between two checks.")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Forget a delivery that was started.")] = False,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Give v2 more and more clients while it is no worse than v1, and take them back when it is; status 1 then."""
    console = console_of(context)
    project = load_project(config)
    service, named = shift_target(project, target, ())
    routes = shifted_routes(service, [route for route, _ in routes_of(project, service)], named, Shift(1))
    given = project.services[service].delivery
    terms = replace(
        given,
        steps=_steps(steps) if steps is not None else given.steps,
        pause=given.pause if pause is None else pause,
        errors=errors or given.errors,
        latency=latency or given.latency,
        differences=differences or given.differences,
        interval=interval or given.interval,
    )
    terms = _with_differences(console, terms, routes, service)
    _say_what_is_mixed(console, routes)
    keeper = StandingFile(ArtefactStore.beside(project.folder), service, target)
    with keeper.alone(), fleet_of(project) as fleet:
        if anew:
            keeper.remove()
        gateways = FleetGateways(
            orders_of(project, fleet), project.path, service, named, frozenset(route.name for route in routes)
        )
        conductor = Conductor(
            service, terms, gateways, keeper, audit_log_of(project), time.time, time.sleep, console.note
        )
        try:
            outcome = conductor.run()
        except KeyboardInterrupt:
            console.note(f"v2 keeps its share; go on with: strangler gateway deliver '{target}'")
            raise
    _show(console, target, outcome, json=json)


def _show(console: Console, target: str, outcome: Outcome, *, json: bool) -> None:
    match outcome:
        case Finished(share):
            result, reason = "finished", None
            text = f"{target}: {share:g} % to v2, every gate passed"
        case RolledBack(share, reason):
            result = "taken back"
            text = f"{target}: taken back at {share:g} %: {reason}"
        case Stopped(reason):
            result = "stopped"
            text = f"{target}: not delivered any further: {reason}"
    if json:
        console.json({"target": target, "result": result, "reason": reason})
    else:
        console.result(text)
    if not isinstance(outcome, Finished):
        raise typer.Exit(ExitCode.FINDINGS)


def _steps(text: str) -> tuple[float, ...]:
    try:
        steps = tuple(float(part.strip().removesuffix("%")) for part in text.split(","))
    except ValueError:
        steps = ()
    if not steps or list(steps) != sorted(set(steps)) or not 0 < steps[0] <= steps[-1] <= 100:
        raise UsageError(f"--steps {text} must be shares that grow", remedy="give --steps 1,5,25,50,100")
    return steps


def _with_differences(console: Console, terms: DeliveryTerms, routes: Sequence[Route], service: str) -> DeliveryTerms:
    """Return the terms with the allowed differences, which are None if no answers are compared."""
    compared = [route.name for route in routes if route.shadow.share]
    if compared:
        return replace(terms, differences=terms.differences or DIFFERENCES)
    remedy = f"run: strangler gateway shadow {service} --sample 10%"
    if terms.differences is not None:
        raise InputError("no answers are compared, so differences cannot be a gate", remedy=remedy)
    console.note(f"no answers are compared, so differences are no gate; for that {remedy}")
    return terms


def _say_what_is_mixed(console: Console, routes: Sequence[Route]) -> None:
    """Warn if v1's figures include something that v2's do not."""
    mixed = [route.name for route in routes if not route.stateless and set(route.methods or ("*",)) - SHARED_METHODS]
    if mixed:
        console.note(f"the writes of {', '.join(mixed)} are counted among v1's requests: they go to nobody else")
