"""The options that every command has, and how they reach the command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer
import typer.core
import typer.main

if TYPE_CHECKING:
    from typer._click.core import Command, Parameter


class ProgressMode(StrEnum):
    """How progress is shown on standard error."""

    AUTO = "auto"
    RICH = "rich"
    PLAIN = "plain"
    NONE = "none"
    JSON = "json"


@dataclass(slots=True)
class Settings:
    """The common options of one call, filled in while the command line is parsed."""

    quiet: bool = False
    verbose: bool = False
    debug: bool = False
    progress: ProgressMode = ProgressMode.AUTO


Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def settings_of(context: typer.Context) -> Settings:
    """Return the settings of the running command."""
    return context.ensure_object(Settings)


def _quiet(context: typer.Context, value: bool) -> None:
    settings_of(context).quiet |= value


def _verbose(context: typer.Context, value: bool) -> None:
    settings_of(context).verbose |= value


def _debug(context: typer.Context, value: bool) -> None:
    settings_of(context).debug |= value


def _progress(context: typer.Context, value: ProgressMode | None) -> None:
    if value is not None:
        settings_of(context).progress = value


def _carrier(
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print results and errors only.", callback=_quiet, expose_value=False),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Print details.", callback=_verbose, expose_value=False),
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show the traceback of an error.", callback=_debug, expose_value=False),
    ] = False,
    progress: Annotated[
        ProgressMode | None,
        typer.Option(
            "--progress",
            help="How to show progress; auto, the default, is rich on a terminal, else plain.",
            callback=_progress,
            expose_value=False,
        ),
    ] = None,
) -> None:
    """Declare the common options; never runs."""


def add_settings(command: Command) -> None:
    """Give a command, and every command below it, the common options."""
    command.params.extend(_common_options())
    if isinstance(command, typer.core.TyperGroup):
        for child in command.commands.values():
            add_settings(child)


@cache
def _common_options() -> Sequence[Parameter]:
    carrier = typer.Typer(add_completion=False, rich_markup_mode=None)
    carrier.command()(_carrier)
    return tuple(typer.main.get_command(carrier).params)
