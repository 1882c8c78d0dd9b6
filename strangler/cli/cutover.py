"""``strangler cutover`` and ``strangler rollback``: move the authority over a service's tables."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.fleets import fleet_of
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.plan import plan_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.rehearsal import rehearse
from strangler.cli.render.failing import FailingPage
from strangler.cli.render.move import MomentLine, MoveTable
from strangler.cli.render.plan import skipped_line
from strangler.cli.saved_graph import load_project_graph
from strangler.cli.upstream_status import http_clock, http_status
from strangler.model.authority import MoveStep, Side
from strangler.model.errors import StranglerError, UsageError
from strangler.planner import blocking_references
from strangler.planner.answering import answering_condition
from strangler.planner.audit_log import AuditLog
from strangler.planner.clock_examination import Clocks, application_clocks, clock_condition
from strangler.planner.console_scripts import project_scripts
from strangler.planner.failing_routes import ACCEPT, NAME, failing_routes, routes_condition
from strangler.planner.following import require_followable
from strangler.planner.liveness import alive_condition
from strangler.planner.migration_plan.gateway_readings import look_at_gateways
from strangler.planner.migration_plan.open_steps import open_steps
from strangler.planner.move import IRREVERSIBLE, Limits, Moment, Move, MoveResult
from strangler.planner.own_requests import own_requests
from strangler.planner.readiness import Condition, Readiness
from strangler.planner.side_effects import side_effects
from strangler.planner.touched_rows import TouchedRows
from strangler.planner.writers import find_writers
from strangler.project import Project
from strangler.project_reader import load_project
from strangler_etl.examination.examination import read_database_clock
from strangler_etl.migration import Migration, require_installed
from strangler_etl.records.authority import read_authority, require_under_way
from strangler_etl.records.publications import publication_stop
from strangler_gateway.admin.fleet import Fleet
from strangler_gateway.hold import MOST_SECONDS

HoldSeconds = Annotated[
    float,
    typer.Option("--hold", metavar="SECONDS", min=0.1, max=MOST_SECONDS, help="How long writes may be held, at most."),
]
LockSeconds = Annotated[
    float, typer.Option("--lock", metavar="SECONDS", min=0.01, help="How long to wait for long transactions.")
]
Force = Annotated[bool, typer.Option("--force", help="Move even if a condition does not hold.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what the move depends on and what will fail after it; change nothing.")
]
AcceptFailing = Annotated[bool, typer.Option(ACCEPT, help="Move even if writes of routes that stay on v1 will fail.")]
AcceptReferences = Annotated[
    bool,
    typer.Option(blocking_references.ACCEPT, help="Move even if a row that v2 deletes may stop the way back."),
]
Abort = Annotated[bool, typer.Option("--abort", help="Give up an interrupted move, if that is still possible.")]


def cutover(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    hold: HoldSeconds = 8.0,
    lock: LockSeconds = 2.0,
    accept_failing_routes: AcceptFailing = False,
    accept_blocking_references: AcceptReferences = False,
    force: Force = False,
    dry_run: DryRun = False,
    abort: Abort = False,
    json: Json = False,
) -> None:
    """Move a service's writes to v2, or finish the move."""
    _run(
        context,
        service,
        config,
        Side.V2,
        Limits(hold_seconds=hold, lock_seconds=lock),
        Choices(force, abort, json, dry_run, accept_failing_routes, accept_blocking_references),
    )


def rollback(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    hold: HoldSeconds = 8.0,
    lock: LockSeconds = 2.0,
    force: Force = False,
    dry_run: DryRun = False,
    abort: Abort = False,
    json: Json = False,
) -> None:
    """Move a service's writes back to v1, or finish that."""
    _run(
        context,
        service,
        config,
        Side.V1,
        Limits(hold_seconds=hold, lock_seconds=lock),
        Choices(force, abort, json, dry_run),
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """The user's choices besides the time limits."""

    force: bool
    abort: bool
    json: bool
    dry_run: bool = False
    accept_failing_routes: bool = False
    accept_blocking_references: bool = False

    @property
    def waived(self) -> frozenset[str]:
        """The conditions that need not hold; a rollback that is given up leaves v2 in charge, as it was before."""
        chosen = {NAME: self.accept_failing_routes, blocking_references.NAME: self.accept_blocking_references}
        return frozenset(name for name, accepted in chosen.items() if accepted or self.abort)


def _run(
    context: typer.Context, service: str, config: Path, destination: Side, limits: Limits, choices: Choices
) -> None:
    if choices.abort and choices.dry_run:
        raise UsageError("--abort and --dry-run exclude each other", remedy="leave one of them out")
    console = console_of(context)
    project = load_project(config)
    log = audit_log_of(project)
    # A gateway that is slow to answer must leave time for the rest of a move.
    with ExitStack() as opened:
        migration = opened.enter_context(migration_of(project, service))
        require_followable(migration)
        require_installed(migration)
        if choices.abort:
            require_under_way(read_authority(migration.source, service), destination)
        fleet = opened.enter_context(fleet_of(project, limits.hold_seconds / 2))
        shut_out = _shut_out(project, service)
        readiness = Readiness(
            migration,
            lambda: fleet.statuses().values(),
            force=choices.force,
            further=(
                *(_left_behind(migration, shut_out) if destination is Side.V2 else ()),
                *_alive(migration, project, destination, choices, fleet),
            ),
            waived=choices.waived,
        )
        if destination is Side.V2 and not choices.abort and not choices.json:
            console.terminal.print(shut_out, soft_wrap=True)
        moves = destination is Side.V2 and not choices.abort
        skipped = open_steps(plan_of(project, service), look_at_gateways(service, fleet)) if moves else ()
        if not choices.abort:
            _tell_stopped_publisher(console, migration)
        if choices.dry_run:
            rehearse(console, migration, readiness, fleet, destination, shut_out, skipped, json=choices.json)
            return
        for item in skipped:
            console.note(skipped_line(item))
        witness = Witness(console, log, service, destination, quiet=choices.json or console.settings.quiet)
        move = Move(
            migration=migration,
            gateways=fleet,
            destination=destination,
            routes=shut_out.writers.held,
            conditions=readiness,
            verify=TouchedRows().verify,
            timer=WallClock(),
            report=witness.report,
            limits=limits,
        )
        try:
            result = _moved(move, log, choices)
        except KeyboardInterrupt:
            command = f"strangler {context.command.name} {service}"
            console.note(f"go on with: {command}; or give up with: {command} --abort")
            raise
    _show(console, result, choices.json)
    witness.require_evidence()


def _tell_stopped_publisher(console: Console, migration: Migration) -> None:
    """Say that events are not published; a move does not depend on them."""
    service = migration.service.name
    if (stopped := publication_stop(migration.target, service)) is not None:
        console.note(
            f"open    events: the publisher cannot go on: {stopped}; no condition of a move, but a"
            f" publisher that misses one may have to begin anew: strangler events replay {service} --rows"
        )


def _left_behind(migration: Migration, shut_out: FailingPage) -> tuple[Condition, ...]:
    """Whether v1 can live with a cut-over: the routes that write the moved tables, and the rows that refer to them."""
    service = migration.service.name
    return (
        routes_condition(service, shut_out.routes, shut_out.writers.outside),
        blocking_references.references_condition(service, blocking_references.blocking_references(migration)),
        blocking_references.leaving_condition(migration),
    )


def _alive(
    migration: Migration, project: Project, destination: Side, choices: Choices, fleet: Fleet
) -> tuple[Condition, ...]:
    """Whether the destination answers, and a follower will return v2's writes; checked only for a move that begins.

    A move to v2 also needs clocks that agree, since v2 may refuse what everybody writes.
    """
    service = migration.service.name
    authority = read_authority(migration.source, service)
    if choices.abort or authority.side is destination or authority.step is not MoveStep.SETTLED:
        return ()
    answers = answering_condition(project, service, destination, os.environ, http_status)
    if destination is Side.V1:
        return (answers,)
    return (answers, alive_condition(migration, WallClock()), _clocks(migration, project, fleet))


def _clocks(migration: Migration, project: Project, fleet: Fleet) -> Condition:
    """Whether gateways, applications and databases agree on the time."""
    clocks = Clocks(
        source=read_database_clock(migration.source, time.time),
        target=read_database_clock(migration.target, time.time),
        gateways=fleet.clocks(time.time),
        applications=application_clocks(project, migration.service, os.environ, http_clock),
    )
    return clock_condition(migration.service, clocks)


def _moved(move: Move, log: AuditLog, choices: Choices) -> MoveResult:
    service, what = move.migration.service.name, f"move to {move.destination}"
    chosen = {
        "force": choices.force,
        "accept_failing_routes": choices.accept_failing_routes,
        "accept_blocking_references": choices.accept_blocking_references,
    }
    log.record(service, f"{what}: {'abort' if choices.abort else 'begin'}", chosen)
    try:
        result = move.give_up() if choices.abort else move.run()
    except (StranglerError, KeyboardInterrupt) as error:
        log.record(service, f"{what}: failed", {"error": str(error) or "interrupted"})
        raise
    log.record(
        service,
        f"{what}: end",
        {
            "side": result.authority.side,
            "epoch": result.authority.epoch,
            "pause_seconds": round(result.pause, 4),
            "rows_applied": result.applied,
            "rows_compared": result.compared,
        },
    )
    return result


class Witness:
    """Records each moment of a move, and shows it.

    A step without evidence must not be taken. But once the authority has changed, the move continues whatever happens
    to the disk or the terminal, and what could not be recorded is reported at its end.
    """

    def __init__(self, console: Console, log: AuditLog, service: str, destination: Side, *, quiet: bool) -> None:
        self._console = console
        self._log = log
        self._service = service
        self._destination = destination
        self._quiet = quiet
        self._missing: StranglerError | OSError | SystemExit | None = None

    def report(self, moment: Moment) -> None:
        """Record a moment, and show it."""
        details = {"seconds": round(moment.seconds, 4), "figures": moment.figures}
        try:
            self._log.record(self._service, f"move to {self._destination}: {moment.name}", details)
            if not self._quiet:
                self._console.terminal.print(MomentLine(moment), soft_wrap=True)
        except (StranglerError, OSError, SystemExit) as error:
            # rich reports a terminal that has gone away as an exit.
            if moment.name not in IRREVERSIBLE:
                raise
            self._missing = self._missing or error

    def require_evidence(self) -> None:
        """Raise the error that kept a moment from being recorded."""
        if self._missing is not None:
            raise self._missing


def _shut_out(project: Project, service: str) -> FailingPage:
    rules = [rule for rule in project.routes if rule.service == service]
    system = load_project_graph(project)
    tables = project.services[service].tables
    writers = find_writers(system, tables, rules, project_scripts(project, system.facts))
    return FailingPage(
        service,
        failing_routes(system.facts, writers),
        writers,
        own_requests(system, project, service),
        side_effects(system, writers.moving, tables),
    )


def _show(console: Console, result: MoveResult, json: bool) -> None:
    if json:
        console.json(result)
    else:
        console.terminal.print(MoveTable(result), soft_wrap=True)


class WallClock:
    """The clock of the system."""

    def now(self) -> float:
        """Seconds of a monotonic clock."""
        return time.perf_counter()

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)
