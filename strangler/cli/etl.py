"""``strangler etl``: fill a service's own database, and prove it equal to the monolith's."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import Console, console_of
from strangler.cli.etl_init import init
from strangler.cli.etl_plan import plan, status
from strangler.cli.etl_throttle import Rated, throttle
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.progress import progress_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.etl import CleanedTables, CopiedTables, VerificationLines, copied_record, verification_record
from strangler.cli.settings import Json
from strangler.model.errors import ExitCode, UsageError
from strangler.model.quantity import quantity
from strangler.project_reader import load_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.copying.cleaning import clean as clean_target
from strangler_etl.copying.cleaning import require_cleanable
from strangler_etl.errors import DatabaseError, TooManyRejectsError
from strangler_etl.migration import Migration, Missing
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.refreshing.refresh import refresh as refresh_copy
from strangler_etl.refreshing.refresh import refresh_under_way
from strangler_etl.run.executor import DaskExecutor, parse_executor
from strangler_etl.run.rate import Rate, parse_rate
from strangler_etl.run.settings import JOBS, MOST_REJECTS, RunSettings
from strangler_etl.run.throttle import read_rate, write_rate
from strangler_etl.verification.repair import repair as repair_rows
from strangler_etl.verification.verification import verify as verify_service

etl = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
etl.command()(init)
etl.command()(plan)
etl.command()(status)
etl.command()(throttle)


@etl.callback()
def group() -> None:
    """Fill a service's own database, and prove it equal."""


@etl.command()
def run(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    create: Annotated[bool, typer.Option("--create", help="Create the target tables that are missing.")] = False,
    rate: Rated = None,
    max_rejects: Annotated[
        int,
        typer.Option("--max-rejects", min=0, help="Set so many rows aside that do not fit, and stop at the next."),
    ] = MOST_REJECTS,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Copy so many chunks at once, in PostgreSQL.")] = JOBS,
    indexes_last: Annotated[
        bool,
        typer.Option("--indexes-last", help="Drop secondary indexes and foreign keys, make them when all is copied."),
    ] = False,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Compare what is copied already, and write the rows that differ anew."),
    ] = False,
    executor: Annotated[
        str | None,
        typer.Option(
            "--executor",
            metavar="dask[://HOST:PORT]",
            help="Let the workers of a Dask cluster copy; dask makes one of --jobs workers on this machine.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Copy the mapped tables, from where an earlier run ended; the exit status is 1 when rows are set aside."""
    console = console_of(context)
    allowed = parse_rate(rate) if rate is not None else None
    settings = RunSettings(jobs=jobs, most_rejects=max_rejects, indexes_last=indexes_last, executor=_executor(executor))
    project = load_project(config)
    log = audit_log_of(project)
    log.record(service, "etl run: begin", {})
    begun = time.monotonic()
    missing = Missing.CREATE if create else Missing.REFUSE
    with migration_of(project, service, missing) as migration:
        if migration.creations or (create and _may_be_new(migration)):
            # Their journals could not be begun before; a run may have been killed between the two.
            migration.install()
        if lacking := migration.source.journal.lacking:
            console.note(f"warning: {lacking}")
        _keep_rate(console, migration, service, allowed)
        try:
            with progress_of(context) as progress:
                refreshed = refresh_copy(migration, progress, settings) if _refreshes(migration, refresh) else ()
                copied = backfill(migration, progress, settings)
        except (KeyboardInterrupt, DatabaseError, TooManyRejectsError):
            option = " --create" if create else ""
            console.note(f"every chunk that was finished is kept; go on with: strangler etl run {service}{option}")
            raise
    tables = CopiedTables(service, copied, time.monotonic() - begun, refreshed)
    log.record(
        service, "etl run", {"rows": tables.copied, "mended": tables.mended, "seconds": round(tables.seconds, 3)}
    )
    _tell(console, tables, json=json)
    if tables.set_aside:
        raise typer.Exit(ExitCode.FINDINGS)


def _keep_rate(console: Console, migration: Migration, service: str, allowed: Rate | None) -> None:
    """Let what is allowed now hold for this run and those to come; without it, say what was allowed before."""
    if allowed is not None:
        migration.target.install()
        write_rate(migration.target, service, allowed)
        console.note(f"at most {allowed}, in later runs as well; to lift that: strangler etl throttle {service} --off")
    elif kept := read_rate(migration.target, service) if migration.target.installed else None:
        console.note(f"at most {kept}, as was said before; to lift that: strangler etl throttle {service} --off")


def _tell(console: Console, tables: CopiedTables, *, json: bool) -> None:
    if json:
        console.json(copied_record(tables))
    else:
        console.terminal.print(tables, soft_wrap=True)
    for table in (*tables.refreshed, *tables.tables):
        if table.not_numbered is not None:
            console.note(f"warning: {table.target} can not number rows behind those copied: {table.not_numbered}")


def _may_be_new(migration: Migration) -> bool:
    """Whether an earlier run may have created a table, and no more."""
    target = migration.target
    if not target.installed:
        return True
    known = read_checkpoints(target, migration.mapping.service)
    return any(table.name not in known for table in migration.mapping.tables)


def _refreshes(migration: Migration, wanted: bool) -> bool:
    """Whether what is copied is compared: it was said, or an earlier time was cut off."""
    return wanted or refresh_under_way(migration)


def _executor(text: str | None) -> DaskExecutor | None:
    if text is None:
        return None
    try:
        return parse_executor(text)
    except ValueError as error:
        raise UsageError(f"--executor {error}") from error


@etl.command()
def verify(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    repair: Annotated[bool, typer.Option("--repair", help="Write the rows that differ anew.")] = False,
    show_values: Annotated[bool, typer.Option("--show-values", help="Print the values that differ.")] = False,
    json: Json = False,
) -> None:
    """Compare every row of both databases; the exit status is 1 when any differs."""
    console = console_of(context)
    project = load_project(config)
    log = audit_log_of(project)
    try:
        with migration_of(project, service) as migration, progress_of(context) as progress:
            found = verify_service(migration, progress)
            wrong = found.differing + 1
            # A verification lists the first differences only; and a repair that mends nothing is not tried again.
            while repair and 0 < found.differing < wrong:
                wrong = found.differing
                rows = repair_rows(migration, found.differences)
                log.record(service, "etl verify: repair", {"rows": rows})
                console.note(f"{quantity(rows, 'row')} written anew")
                found = verify_service(migration, progress)
    except KeyboardInterrupt:
        console.note(f"nothing was decided; begin again with: strangler etl verify {service}")
        raise
    log.record(service, "etl verify", {"rows": found.rows, "differing": found.differing, "position": found.position})
    if json:
        console.json(verification_record(found, show_values))
    else:
        console.terminal.print(VerificationLines(found, show_values, repair), soft_wrap=True)
    if not found.clean:
        raise typer.Exit(ExitCode.FINDINGS)


@etl.command()
def clean(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Empty the service's tables in its own database, so that they can be copied anew."""
    # Only here: who copies needs nothing of the gateway.
    from strangler_gateway.routing.shares import require_no_share  # noqa: PLC0415

    console = console_of(context)
    project = load_project(config)
    with migration_of(project, service) as migration:
        require_cleanable(migration)
        require_no_share(project, service, "etl clean")
        for reference in migration.target.unindexed_references(migration.target_tables):
            console.note(f"warning: {reference} has no index: this takes long where it has many rows; {reference.mend}")
        if not yes:
            names = ", ".join(table.target.name for table in migration.mapping.tables)
            _confirm(f"Delete every row of {names} in {migration.target.address}?")
        log = audit_log_of(project)
        log.record(service, "etl clean: begin", {})
        deleted = clean_target(migration)
    log.record(service, "etl clean", {"rows": sum(deleted.values())})
    if json:
        console.json({"service": service, "deleted": deleted})
    else:
        console.terminal.print(CleanedTables(service, deleted), soft_wrap=True)


def _confirm(question: str) -> None:
    """Ask; typer.Abort when the answer is no, UsageError when nobody answers, as in a pipeline."""
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        raise UsageError("nobody has agreed to that", remedy="with --yes it is not asked") from None
    if not agreed:
        raise typer.Abort
