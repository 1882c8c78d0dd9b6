"""``strangler status``: the standing of every service's migration."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.events_publication import publication_digest
from strangler.cli.fleets import fleet_of
from strangler.cli.migrations import migration_of
from strangler.cli.plan import planned
from strangler.cli.project_options import Config
from strangler.cli.relative_paths import from_here
from strangler.cli.render.plan import next_lines, plan_line
from strangler.model.authority import MoveStep, Side
from strangler.model.errors import StranglerError
from strangler.planner.blocking_references import blocking_references, told
from strangler.planner.event_examination import event_findings
from strangler.planner.follower_state import lag_of, one_way, standstill, unfollowed
from strangler.planner.refused_writes import refused_writes
from strangler.project import Project
from strangler.project_reader import load_project
from strangler_etl.engine.outside_references import OutsideReference
from strangler_etl.examination.finding import Finding
from strangler_etl.records.authority import UnfinishedMove, move_under_way, read_authority
from strangler_gateway.admin.messages import GatewayStatus


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service's migration: who writes, how far a move is, which sides are fenced, and the follower's lag.

    An `unfinished` move is under way, or was interrupted. The foreign keys in `blocking` may stop the way back;
    `standstill` says why the follower does not continue, `one_way` why it applies nothing from v2 to v1, `unfollowed`
    why no follower can apply what v1 writes. `events` is the state of its publisher and consumers, `refused_writes` a
    warning where the closed side is written to.
    """

    service: str
    side: Side
    epoch: int
    step: MoveStep
    open: tuple[Side, ...]
    lag_seconds: float | None
    unfinished: UnfinishedMove | None = None
    blocking: tuple[OutsideReference, ...] = ()
    standstill: str | None = None
    one_way: str | None = None
    events: tuple[Finding, ...] = ()
    refused_writes: tuple[Finding, ...] = ()
    unfollowed: str | None = None


def status(
    context: typer.Context,
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="One service only.")] = None,
    config: Config = Path(),
    json: Json = False,
) -> None:
    """Show where the migration of each service stands.

    It fails if one is unknown, unless its plan has not reached the databases yet.
    """
    project = load_project(config)
    names = [project.service(service).name] if service else list(project.services)
    console = console_of(context)
    plans = {name: found for name in names if (found := planned(project, name, console.note)) is not None}
    states, unknown = _states(project, names)
    gateways = _gateways(project)
    lost = {name: error for name, error in unknown.items() if name not in plans or plans[name].has_databases}
    failed = [error.exit_code for error in lost.values()]
    if json:
        plan_steps = {name: {"next": plan.next and plan.next.step, "steps": plan.steps} for name, plan in plans.items()}
        reasons = {name: from_here(str(error)) for name, error in unknown.items()}
        console.json({"services": states, "unknown": reasons, "gateways": gateways, "plans": plan_steps})
        raise typer.Exit(max(failed, default=0))
    for state in states:
        nobody = (state.one_way if state.side is Side.V2 else state.unfollowed) or "no follower has run"
        lag = nobody if state.lag_seconds is None else f"follower {state.lag_seconds:.1f} s behind"
        accepts = f"{state.open[0]} accepts" if len(state.open) == 1 else "both sides accept"
        opened = f"{accepts if state.open else 'neither side accepts'} writes"
        if state.step is MoveStep.HOLDING:
            opened = f"{opened} that gateways do not hold"
        console.result(f"{state.service}: {state.side} has the authority, epoch {state.epoch}; {opened}; {lag}")
        if state.unfinished is not None:
            console.result(f"  {state.unfinished.found}; unless somebody is at it now, run: {state.unfinished.command}")
        if state.standstill is not None:
            console.result(
                f"  {state.standstill}; unless it runs, or is not to, start: strangler journal follow {state.service}"
            )
        for found in (*state.events, *state.refused_writes):
            console.result(f"  {found.name}: {found.found}{found.mend and '; '}{found.mend}")
        if state.blocking:
            console.result(f"  {told(state.blocking)}; what can be done: strangler cutover {state.service} --dry-run")
    for name, error in unknown.items():
        console.result(f"{name}: who has the authority is not known: {from_here(str(error))}")
    for plan in plans.values():
        console.result(f"plan of {plan_line(plan)}")
        for line in ("next: reach its databases again",) if plan.service in lost else next_lines(plan):
            console.result(f"  {line}")
    for address, answer in gateways.items():
        console.result(f"gateway {address}: {answer if isinstance(answer, str) else _known(answer)}")
    raise typer.Exit(max(failed, default=0))


def _states(project: Project, services: Sequence[str]) -> tuple[Sequence[ServiceState], Mapping[str, StranglerError]]:
    """The state of each service, and for those whose state is unknown, the error."""
    states: list[ServiceState] = []
    unknown: dict[str, StranglerError] = {}
    for service in services:
        try:
            states.append(_state(project, service))
        except StranglerError as error:
            unknown[service] = error
    return states, unknown


def _state(project: Project, service: str) -> ServiceState:
    with migration_of(project, service) as migration:
        if not migration.source.installed or not migration.target.installed:
            return ServiceState(service, Side.V1, 1, MoveStep.SETTLED, (Side.V1, Side.V2), None)
        authority = read_authority(migration.source, service)
        sides = (
            (Side.V1, migration.source, migration.source_tables),
            (Side.V2, migration.target, migration.target_tables),
        )
        return ServiceState(
            service,
            authority.side,
            authority.epoch,
            authority.step,
            tuple(side for side, database, tables in sides if not database.fence.closed(tables)),
            lag_of(migration, authority.side),
            move_under_way(authority),
            blocking_references(migration),
            standstill(migration, authority.side),
            one_way(migration),
            tuple(event_findings(migration, os.environ, time.time(), publication_digest(project, migration))),
            tuple(refused_writes(migration, time.time())),
            unfollowed(migration),
        )


def _gateways(project: Project) -> Mapping[str, GatewayStatus | str]:
    """The status of each gateway, or why it is unknown."""
    if not project.gateway.admin:
        return {}
    try:
        with fleet_of(project) as fleet:
            answers = fleet.each_status()
    except StranglerError as error:
        return {str(address): from_here(str(error)) for address in project.gateway.admin}
    return {
        str(address): answer
        if isinstance(answer, GatewayStatus)
        else "; ".join(filter(None, (answer.what, answer.remedy)))
        for address, answer in answers.items()
    }


def _known(status: GatewayStatus) -> str:
    services = (f"{name} on {known.side}, epoch {known.epoch}" for name, known in sorted(status.services.items()))
    return "; ".join(services) or "knows no service"
