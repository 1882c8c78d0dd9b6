"""``strangler journal``: record the changes of the tables that move, and apply them to the other side."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.fleets import fleet_of
from strangler.cli.journal_account import FollowingAccount
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.project_edits import EditCallbacks, ProjectEdits, mapping_meaning
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.stopping import stopped_by_signals
from strangler.model.authority import MoveStep, Side
from strangler.model.errors import ExitCode, UsageError
from strangler.model.quantity import quantity
from strangler.planner.follower_state import one_way as one_way_of
from strangler.planner.following import Following, require_followable
from strangler.planner.watermark import Watermarks
from strangler.project import Project
from strangler.project_reader import load_project
from strangler_etl.errors import DatabaseError
from strangler_etl.following.pruning import prune as prune_journals
from strangler_etl.migration import require_installed
from strangler_etl.records.authority import read_authority
from strangler_etl.records.streams import backward_stream, forward_stream, read_position
from strangler_etl.run.settings import MOST_REJECTS

journal = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@journal.callback()
def group() -> None:
    """Record changes, and apply them to the other side."""


@journal.command()
def install(context: typer.Context, service: ServiceName, config: Config = Path()) -> None:
    """Start journaling both sides, and fence the one without the authority."""
    project = load_project(config)
    with migration_of(project, service) as migration:
        migration.install()
        lacking = migration.source.journal.lacking
        source = [] if lacking else [table.name for table in migration.mapping.journaled_source]
        target = [table.name for table in migration.mapping.journaled_target]
        audit_log_of(project).record(
            service, "journal install", {"source": " ".join(source), "target": " ".join(target)}
        )
    console = console_of(context)
    if lacking:
        console.note(f"warning: {lacking}")
    kept = ", ".join(source) or "none in the monolith's database"
    console.result(f"journal of {service}: {kept}; and in its own database: {', '.join(target)}")


@journal.command()
def follow(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    way_back: Annotated[
        bool,
        typer.Option(
            "--way-back/--no-way-back", help="Apply changes of v2 to v1; without it, rollback is no longer possible."
        ),
    ] = True,
    max_rejects: Annotated[
        int,
        typer.Option(
            "--max-rejects",
            min=0,
            help="Set aside at most this many rows of a batch that refer to no row; beyond, write nothing.",
        ),
    ] = MOST_REJECTS,
) -> None:
    """Apply the changes of each side to the other until SIGTERM."""
    console = console_of(context)
    account = FollowingAccount(console, service)
    callbacks = EditCallbacks(account.edit_unreadable, account.edit_effective, account.trouble)
    edits = ProjectEdits(config, lambda project: mapping_meaning(project, service), callbacks)
    stop = stopped_by_signals()

    def work(project: Project) -> None:
        if not way_back:
            _require_v2(project, service)
        # An unavailable database is waited for; one that cannot be followed at all needs no gateway.
        with suppress(DatabaseError), migration_of(project, service) as migration:
            require_followable(migration)
        with fleet_of(project, seconds=1.0) if project.gateway.admin else nullcontext() as fleet:
            if fleet is None:
                console.note("[gateway] admin names no gateway: none is told how far this is")
            watermarks = Watermarks(fleet) if fleet is not None else None
            given_up = "" if way_back else "; what v2 writes does not go back to v1, so there is no rollback"
            console.note(f"following {service}{given_up}; end with SIGTERM")
            Following(
                connect=lambda: migration_of(project, service),
                tell=lambda authority, caught_up: (
                    None if watermarks is None else watermarks.tell(authority, caught_up=caught_up)
                ),
                applied=account.applied,
                trouble=account.trouble,
                stop=stop,
                way_back=way_back,
                most_orphans=max_rejects,
                begun=edits.prove,
                changed=edits.changed,
            ).run()

    edits.do(work, stop)
    options = "" if way_back else " --no-way-back"
    options += "" if max_rejects == MOST_REJECTS else f" --max-rejects {max_rejects}"
    console.note(f"stopped; go on with: strangler journal follow {service}{options}")


def _require_v2(project: Project, service: str) -> None:
    """Raise UsageError unless v2 has the authority: changes left out before a cut-over would be missing after it."""
    with migration_of(project, service) as migration:
        authority = read_authority(migration.source, service)
    if authority.side is not Side.V2 or authority.step is not MoveStep.SETTLED:
        raise UsageError(
            "v2 does not have the authority: nothing goes back to v1 yet", remedy=f"run: strangler cutover {service}"
        )


@journal.command()
def prune(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    end_way_back: Annotated[
        bool,
        typer.Option(
            "--end-way-back",
            help="Also delete changes of v2 that nobody applies to v1 any more; then there is no rollback.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Delete journal records that were applied and verified."""
    project = load_project(config)
    shared = {
        name
        for other, mappings in project.etl.items()
        if other != service
        for mapping in mappings
        for name in (mapping.source, *mapping.joins)
    }
    with migration_of(project, service) as migration:
        require_installed(migration)
        pruned = prune_journals(migration, shared, end_way_back=end_way_back)
    evidence = {"source": pruned.source, "target": pruned.target, "end_way_back": end_way_back}
    audit_log_of(project).record(service, "journal prune", evidence)
    console = console_of(context)
    if json:
        console.json({"service": service, "deleted": pruned})
        return
    for side, deleted, left in (("v1", pruned.source, pruned.source_left), ("v2", pruned.target, pruned.target_left)):
        console.result(f"{side}: {quantity(deleted, 'change')} deleted, {left:,} left")


@journal.command()
def status(context: typer.Context, service: ServiceName, config: Config = Path(), json: Json = False) -> None:
    """Show how far each direction has come."""
    project = load_project(config)
    with migration_of(project, service) as migration:
        require_installed(migration)
        with migration.source.snapshot():
            now = migration.source.journal.changes(None, ()).read_at
        forward = read_position(migration.target, forward_stream(service))
        backward = read_position(migration.source, backward_stream(service))
        one_way = one_way_of(migration)
        of_v1 = migration.source.journal.faults(migration.mapping.journaled_source)
        of_v2 = migration.target.journal.faults(migration.mapping.journaled_target)
        errors = migration.journal_errors
        lengths = {
            "v1": migration.source.journal.length(migration.mapping.followed),
            "v2": migration.target.journal.length(migration.target_tables),
        }
    lags = {
        "v1 to v2": None if forward.position is None else round(now - forward.read_at, 3),
        "v2 to v1": None if backward.position is None or one_way is not None else round(now - backward.read_at, 3),
    }
    console = console_of(context)
    if json:
        console.json(
            {
                "service": service,
                "lag_seconds": lags,
                "way_back_ended": one_way,
                "changes": lengths,
                "faults": {"v1": of_v1, "v2": of_v2},
            }
        )
        if errors:
            raise typer.Exit(ExitCode.INPUT)
        return
    for direction, lag in lags.items():
        nothing = (one_way if direction == "v2 to v1" else None) or "never followed"
        console.result(f"{direction}: {nothing if lag is None else f'{lag:.3f} s behind'}")
    for side, length in lengths.items():
        console.result(f"the journal of {side} holds {quantity(length, 'change')}")
    for error in errors:
        console.result(str(error))
    if errors:
        raise typer.Exit(ExitCode.INPUT)
