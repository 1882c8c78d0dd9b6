"""``strangler etl throttle``: change the rate of a run while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.migrations import audit_log_of, migration_of
from strangler.cli.project_options import Config, ServiceName
from strangler.model.errors import UsageError
from strangler.project_reader import load_project
from strangler_etl.migration import Missing
from strangler_etl.run.rate import parse_rate
from strangler_etl.run.throttle import read_rate, write_rate

Rated = Annotated[
    str | None,
    typer.Option("--rate", metavar="RATE", help="At most this many rows or bytes per second: 5000/s, 20MB/s."),
]


def throttle(
    context: typer.Context,
    service: ServiceName,
    config: Config = Path(),
    rate: Rated = None,
    off: Annotated[bool, typer.Option("--off", help="Remove the limit.")] = False,
    json: Json = False,
) -> None:
    """Show or change how fast `etl run` may be; a run in progress follows within seconds."""
    console = console_of(context)
    if off and rate is not None:
        raise UsageError("--rate and --off contradict each other")
    wanted = parse_rate(rate) if rate is not None else None
    project = load_project(config)
    with migration_of(project, service, Missing.PLAN) as migration:
        target = migration.target
        if off or wanted is not None:
            target.install()
            write_rate(target, service, wanted)
            audit_log_of(project).record(service, "etl throttle", {"rate": str(wanted or "no limit")})
        found = read_rate(target, service) if target.installed else None
    if json:
        console.json({"service": service, "rate": found})
    else:
        console.result(f"{service}: {'as fast as can be' if found is None else f'at most {found}'}")
