"""``strangler etl run``: copy what is missing, or compare what is copied."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.etl_throttle import Rated
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.progress import progress_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.copied import CopiedTables, copied_record
from strangler.model.errors import ExitCode, UsageError
from strangler.model.progress import Progress
from strangler.project_reader import load_project
from strangler_etl.copying.backfill import backfill
from strangler_etl.errors import DatabaseError, TooManyRejectsError
from strangler_etl.migration import Migration, Missing
from strangler_etl.records.checkpoint import read_checkpoints
from strangler_etl.records.refreshes import refresh_under_way
from strangler_etl.run.executor import DaskExecutor, parse_executor
from strangler_etl.run.rate import Rate, parse_rate
from strangler_etl.run.settings import JOBS, MOST_REJECTS, RunSettings
from strangler_etl.run.throttle import read_rate, write_rate

if TYPE_CHECKING:
    from strangler_etl.refreshing.refreshed_table import RefreshedTable


def run(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    create: Annotated[bool, typer.Option("--create", help="Create the target tables that are missing.")] = False,
    rate: Rated = None,
    max_rejects: Annotated[
        int,
        typer.Option(
            "--max-rejects", min=0, help="Set aside at most this many rows that do not fit, and stop at the next."
        ),
    ] = MOST_REJECTS,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Copy this many chunks at once, in PostgreSQL.")] = JOBS,
    indexes_last: Annotated[
        bool,
        typer.Option(
            "--indexes-last", help="Drop secondary indexes and foreign keys; recreate them when everything is copied."
        ),
    ] = False,
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Compare the rows that are already copied, and rewrite those that differ."),
    ] = False,
    executor: Annotated[
        str | None,
        typer.Option(
            "--executor",
            metavar="dask[://HOST:PORT]",
            help="Copy with the workers of a Dask cluster; `dask` alone starts --jobs workers on this machine.",
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
            # Their journals could not start earlier; a run may have been killed between the two.
            migration.install()
        if lacking := migration.source.journal.lacking:
            console.note(f"warning: {lacking}")
        _keep_rate(console, migration, service, allowed)
        try:
            with progress_of(context) as progress:
                refreshed = _refreshed(migration, progress, settings, wanted=refresh)
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
    """Apply the allowed rate to this run and later ones; without one, report the rate that was set before."""
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
            console.note(f"warning: {table.target} cannot number rows behind those copied: {table.not_numbered}")


def _may_be_new(migration: Migration) -> bool:
    """Whether an earlier run may have created a table and done nothing else."""
    target = migration.target
    if not target.installed:
        return True
    known = read_checkpoints(target, migration.mapping.service)
    return any(table.name not in known for table in migration.mapping.tables)


def _refreshed(
    migration: Migration, progress: Progress, settings: RunSettings, *, wanted: bool
) -> Sequence[RefreshedTable]:
    """Compare what is copied, if requested, or if an earlier comparison was interrupted."""
    if not wanted and not refresh_under_way(migration.target, migration.mapping.service):
        return ()
    # Imported only here: copying a small table takes no longer than these imports.
    from strangler_etl.refreshing.refresh import refresh  # noqa: PLC0415

    return refresh(migration, progress, settings)


def _executor(text: str | None) -> DaskExecutor | None:
    if text is None:
        return None
    try:
        return parse_executor(text)
    except ValueError as error:
        raise UsageError(f"--executor {error}") from error
