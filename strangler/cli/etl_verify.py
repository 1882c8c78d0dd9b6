"""``strangler etl verify``: compare every row, and repair those that differ."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.progress import progress_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.verified import VerificationLines, verification_record
from strangler.model.errors import ExitCode
from strangler.model.quantity import quantity
from strangler.project_reader import load_project
from strangler_etl.migration import Migration
from strangler_etl.verification.verification import Verification
from strangler_etl.verification.verification import verify as verify_service


def verify(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    repair: Annotated[bool, typer.Option("--repair", help="Rewrite the rows that differ.")] = False,
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
            # A verification lists only the first differences; a repair that fixes nothing is not repeated.
            while repair and found.differing < wrong and (found.differing or found.put_back is not None):
                wrong = found.differing
                rows = _mended(migration, found)
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
    if not found.clean or found.standing_still is not None:
        raise typer.Exit(ExitCode.FINDINGS)


def _mended(migration: Migration, found: Verification) -> int:
    # This imports the whole follower, which takes as long as comparing a hundred thousand rows.
    from strangler_etl.verification.repair import repair  # noqa: PLC0415

    return repair(migration, found.differences)
