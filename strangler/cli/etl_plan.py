"""``strangler etl plan`` and ``status``: what a run would do, and what runs have done; nothing is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.migrations import migration_of
from strangler.cli.project_options import Config, ServiceName
from strangler.cli.render.etl_plan import PlanLines
from strangler.cli.render.etl_status import EtlStatusLines
from strangler.model.errors import ExitCode
from strangler.project_reader import load_project
from strangler_etl.etl_status import etl_status
from strangler_etl.migration import Missing
from strangler_etl.planning.plan import plan_etl, plan_record


def plan(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    sql: Annotated[bool, typer.Option("--sql/--no-sql", help="Print the query of each table.")] = True,
    check: Annotated[
        bool, typer.Option("--check", help="Check every row; exit status 1 if one would stop the copy.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what `etl run` would do: order, queries, sizes, risks; nothing is changed."""
    console = console_of(context)
    with migration_of(load_project(config), service, Missing.PLAN) as migration:
        planned = plan_etl(migration, check=check)
    if json:
        console.json(plan_record(planned))
    else:
        console.terminal.print(PlanLines(planned, sql), soft_wrap=True)
    if planned.journal_faults:
        raise typer.Exit(ExitCode.INPUT)
    if planned.stopping:
        raise typer.Exit(ExitCode.FINDINGS)


def status(context: typer.Context, service: ServiceName, config: Config = Path(), json: Json = False) -> None:
    """Show how far the copy of each table is, and whether it was verified; at any time."""
    console = console_of(context)
    with migration_of(load_project(config), service, Missing.PLAN) as migration:
        found = etl_status(migration)
    if json:
        console.json(found)
    else:
        console.terminal.print(EtlStatusLines(found), soft_wrap=True)
    if found.journal_faults:
        raise typer.Exit(ExitCode.INPUT)
