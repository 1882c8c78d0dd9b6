"""``strangler etl``: fill a service's own database, and prove it equal to the monolith's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from strangler.cli.commands import LazyCommand, LazyGroup

COMMANDS: Mapping[str, LazyCommand] = {
    "init": LazyCommand(
        "Write a first mapping of a service's tables to strangler.toml, from the map and the service's document.",
        "strangler.cli.etl_init:init",
        "etl",
    ),
    "plan": LazyCommand(
        "Show what `etl run` would do: order, queries, sizes, risks; nothing is changed.",
        "strangler.cli.etl_plan:plan",
        "etl",
    ),
    "status": LazyCommand(
        "Show how far the copy of each table is, and whether it was verified; at any time.",
        "strangler.cli.etl_plan:status",
        "etl",
    ),
    "throttle": LazyCommand(
        "Show or change how fast `etl run` may be; a run in progress follows within seconds.",
        "strangler.cli.etl_throttle:throttle",
        "etl",
    ),
    "run": LazyCommand(
        "Copy the mapped tables, from where an earlier run ended; the exit status is 1 when rows are set aside.",
        "strangler.cli.etl_run:run",
        "etl",
    ),
    "verify": LazyCommand(
        "Compare every row of both databases; the exit status is 1 when any differs.",
        "strangler.cli.etl_verify:verify",
        "etl",
    ),
    "clean": LazyCommand(
        "Empty the service's tables in its own database, so that they can be copied again.",
        "strangler.cli.etl_clean:clean",
        "etl",
    ),
}


class EtlGroup(LazyGroup):
    """Imports only the called one of the commands that move data: its start-up is part of every copy."""

    table: ClassVar[Mapping[str, LazyCommand]] = COMMANDS


etl = typer.Typer(cls=EtlGroup, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@etl.callback()
def group() -> None:
    """Fill a service's own database, and verify that it is equal."""
