"""``strangler cutover --dry-run``: check everything a move depends on, and what fails after it, changing nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import typer

from strangler.cli.console import Console
from strangler.cli.render.failing import ConditionLines, FailingPage
from strangler.cli.render.plan import skipped_line
from strangler.model.authority import MoveStep, Side
from strangler.model.errors import ExitCode, StranglerError
from strangler.planner.failing_routes import FailingRoute
from strangler.planner.migration_plan.progress import PlannedStep
from strangler.planner.readiness import Condition, Readiness
from strangler.planner.side_effects import SideEffect
from strangler.planner.writers import Writer
from strangler_analyzers.own_requests.own_requests import OwnRequest
from strangler_etl.errors import AuthorityError
from strangler_etl.migration import Migration
from strangler_etl.records.authority import read_authority
from strangler_gateway.admin.fleet import Fleet
from strangler_gateway.admin.messages import GatewayStatus

_SEE = "see strangler status"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The findings of a dry run, for programs."""

    service: str
    destination: Side
    ready: bool
    conditions: tuple[Condition, ...]
    missing: tuple[str, ...]
    failing_routes: tuple[FailingRoute, ...] = ()
    remaining: tuple[Writer, ...] = ()
    outside: tuple[Writer, ...] = ()
    open_steps: tuple[PlannedStep, ...] = ()
    own_requests: tuple[OwnRequest, ...] = ()
    side_effects: tuple[SideEffect, ...] = ()


def rehearse(
    console: Console,
    migration: Migration,
    readiness: Readiness,
    fleet: Fleet,
    destination: Side,
    shut_out: FailingPage,
    skipped: Sequence[PlannedStep],
    *,
    json: bool,
) -> None:
    """Show every condition of a move that would begin now, and the steps that it skips, `skipped`.

    Ends with the exit status for findings if a condition does not hold.
    """
    service = shut_out.service
    authority = read_authority(migration.source, service)
    if authority.step is not MoveStep.SETTLED:
        raise AuthorityError(authority, "a move is under way: this one could not begin now", _SEE)
    if authority.side is destination:
        raise AuthorityError(authority, f"{destination} has the authority already: there is nothing to move", _SEE)
    answers = fleet.each_status()
    found = readiness.look(
        authority, destination, [item for item in answers.values() if isinstance(item, GatewayStatus)]
    )
    found += tuple(
        Condition(f"gateway {address}", holds=False, found=item.what, mend=item.remedy or "", waivable=False)
        for address, item in answers.items()
        if isinstance(item, StranglerError)
    )
    missing = readiness.missing(found)
    if json:
        names = tuple(one.name for one in missing)
        rehearsal = Rehearsal(service, destination, not missing, found, names, open_steps=tuple(skipped))
        if destination is Side.V2:
            rehearsal = replace(
                rehearsal,
                failing_routes=shut_out.routes,
                remaining=shut_out.writers.remaining,
                outside=shut_out.writers.outside,
                own_requests=shut_out.own_requests,
                side_effects=shut_out.side_effects,
            )
        console.json(rehearsal)
    else:
        console.terminal.print(ConditionLines(found, missing), soft_wrap=True)
        for item in skipped:
            console.result(skipped_line(item))
        console.result("not ready: nothing was changed" if missing else "ready: nothing was changed")
    if missing:
        raise typer.Exit(ExitCode.FINDINGS)
