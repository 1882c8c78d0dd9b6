"""``strangler etl clean``: undo what a run made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.cleaned import CleanedTables
from strangler.model.errors import UsageError
from strangler.project_reader import load_project
from strangler_etl.copying.cleaning import clean as clean_target
from strangler_etl.copying.cleaning import require_cleanable
from strangler_etl.copying.dropping import drop_created as drop_tables
from strangler_etl.copying.dropping import droppable
from strangler_gateway.routing.shares import require_no_share


def clean(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    drop_created: Annotated[
        bool, typer.Option("--drop-created", help="Also drop those that etl run --create has created.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Empty the service's tables in its own database, so that they can be copied again."""
    console = console_of(context)
    project = load_project(config)
    with migration_of(project, service) as migration:
        require_cleanable(migration)
        require_no_share(project, service, "etl clean")
        for reference in migration.target.unindexed_references(migration.target_tables):
            console.note(f"warning: {reference} has no index: this takes long where it has many rows; {reference.mend}")
        made = droppable(migration) if drop_created else ()
        if not yes:
            names = ", ".join(table.target.name for table in migration.mapping.tables)
            drop = f", and drop {', '.join(one.name for one in made)}" if made else ""
            _confirm(f"Delete every row of {names} in {migration.target.address}{drop}?")
        log = audit_log_of(project)
        log.record(service, "etl clean: begin", {})
        deleted = clean_target(migration)
        if made:
            drop_tables(migration, made)
    dropped = tuple(one.name for one in made)
    log.record(service, "etl clean", {"rows": sum(deleted.values()), "dropped": ", ".join(dropped)})
    if json:
        console.json({"service": service, "deleted": deleted, "dropped": dropped})
    else:
        console.terminal.print(CleanedTables(service, deleted, dropped, asked=drop_created), soft_wrap=True)


def _confirm(question: str) -> None:
    """Ask; typer.Abort if the answer is no, UsageError if nobody can answer, as in a pipeline."""
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        raise UsageError("nobody has agreed to that", remedy="with --yes it is not asked") from None
    if not agreed:
        raise typer.Abort
