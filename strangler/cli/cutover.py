"""``strangler cutover`` and ``strangler rollback``: move the authority over a service's tables."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import Console, console_of
from strangler.cli.migrations import Config, ServiceName, audit_log_of, gateways_of, migration_of
from strangler.cli.render.move import MomentLine, MoveTable, WritersTable
from strangler.cli.saved_graph import load_graph
from strangler.cli.settings import Json
from strangler.model.authority import MoveStep, Side
from strangler.model.errors import StranglerError
from strangler.planner.audit_log import AuditLog
from strangler.planner.move import Limits, Moment, Move, MoveResult
from strangler.planner.readiness import conditions, require
from strangler.planner.touched import TouchedRows
from strangler.planner.writers import Writers, find_writers
from strangler.project import Project
from strangler.project_reader import load_project
from strangler_etl.authority import read_authority, require_under_way

HoldSeconds = Annotated[
    float, typer.Option("--hold", metavar="SECONDS", min=0.1, help="How long writes may be held at most.")
]
LockSeconds = Annotated[
    float, typer.Option("--lock", metavar="SECONDS", min=0.01, help="How long to wait for long transactions.")
]
Force = Annotated[bool, typer.Option("--force", help="Move although a condition does not hold.")]
Abort = Annotated[bool, typer.Option("--abort", help="Give up a move that was cut off, if that is still possible.")]


def cutover(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    hold: HoldSeconds = 8.0,
    lock: LockSeconds = 2.0,
    force: Force = False,
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
        force,
        abort,
        json,
    )


def rollback(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    hold: HoldSeconds = 8.0,
    lock: LockSeconds = 2.0,
    force: Force = False,
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
        force,
        abort,
        json,
    )


def _run(
    context: typer.Context,
    service: str,
    config: Path,
    towards: Side,
    limits: Limits,
    force: bool,
    abort: bool,
    json: bool,
) -> None:
    console = console_of(context)
    destination = towards.other if abort else towards
    project = load_project(config)
    log = audit_log_of(project)
    with migration_of(project, service) as migration, gateways_of(project) as gateways:
        if abort:
            require_under_way(read_authority(migration.source, service), towards)
        writers = _writers(project, service)

        def report(moment: Moment) -> None:
            log.record(
                service,
                f"move to {destination}: {moment.name}",
                {"seconds": round(moment.seconds, 4), "figures": moment.figures},
            )
            if not json:
                console.terminal.print(MomentLine(moment), soft_wrap=True)

        move = Move(
            migration=migration,
            gateways=gateways,
            destination=destination,
            routes=writers.held,
            verify=TouchedRows().verify,
            timer=WallClock(),
            report=report,
            limits=limits,
        )
        authority = read_authority(migration.source, service)
        if authority.step is MoveStep.HOLDING:
            log.record(service, "move given up", {"side": authority.side, "epoch": authority.epoch})
            authority = move.abandon(authority)
        if authority.step is MoveStep.SETTLED and authority.side is not destination:
            found = conditions(migration, authority, destination, gateways.statuses())
            if not force:
                require(service, found)
            if destination is Side.V2 and not json:
                console.terminal.print(WritersTable(service, writers), soft_wrap=True)
        result = _moved(move, log, service)
    _show(console, result, json)


def _moved(move: Move, log: AuditLog, service: str) -> MoveResult:
    log.record(service, f"move to {move.destination}: begin", {})
    try:
        result = move.run()
    except StranglerError as error:
        log.record(service, f"move to {move.destination}: failed", {"error": str(error)})
        raise
    log.record(
        service,
        f"move to {move.destination}: end",
        {
            "side": result.authority.side,
            "epoch": result.authority.epoch,
            "pause_seconds": round(result.pause, 4),
            "rows_applied": result.applied,
            "rows_compared": result.compared,
        },
    )
    return result


def _writers(project: Project, service: str) -> Writers:
    rules = [rule for rule in project.routes if rule.service == service]
    return find_writers(load_graph(project.source_root), project.services[service].tables, rules)


def _show(console: Console, result: MoveResult, json: bool) -> None:
    if json:
        console.json(result)
    else:
        console.terminal.print(MoveTable(result), soft_wrap=True)


class WallClock:
    """Real time."""

    def now(self) -> float:
        """Seconds of a clock that only grows."""
        return time.perf_counter()

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)
