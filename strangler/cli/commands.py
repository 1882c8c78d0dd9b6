"""The table of commands, and a group that imports a command only when it is called."""

from __future__ import annotations

import gc
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

import typer
import typer.core
import typer.main

from strangler.cli.common_options import add_settings
from strangler.cli.plain_values import take_plain_values
from strangler.model.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from typer._click.core import Command, Context
    from typer._click.formatting import HelpFormatter

OWN_PACKAGES = ("strangler", "strangler_analyzers", "strangler_gateway", "strangler_etl")


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """The location of a command: `target` is ``module:attribute``, a function or a typer.Typer.

    `help` repeats the first line of the target's docstring, so that listing the commands needs no import. `extra` is
    the optional part of the distribution that the command needs.
    """

    help: str
    target: str
    extra: str | None = None


COMMANDS: Mapping[str, LazyCommand] = {
    "init": LazyCommand("Write a strangler.toml from what is found in a folder.", "strangler.cli.init:init"),
    "analyze": LazyCommand(
        "Map a monolith: modules, calls, routes, tables.", "strangler.cli.analyze:analyze", "analyze"
    ),
    "record": LazyCommand(
        "Run tests and record calls, requests and SQL statements.", "strangler.cli.record:record", "analyze"
    ),
    "report": LazyCommand("Write the report of an existing map.", "strangler.cli.report:report", "analyze"),
    "graph": LazyCommand("Export the map for other programs.", "strangler.cli.graph:graph", "analyze"),
    "trace": LazyCommand("Walk one request through the code.", "strangler.cli.trace:trace", "analyze"),
    "why": LazyCommand("Explain why one part depends on another.", "strangler.cli.why:why", "analyze"),
    "suggest": LazyCommand(
        "Propose services, and show what crosses between them.",
        "strangler.cli.suggest:suggest",
        "analyze",
    ),
    "plan": LazyCommand(
        "Turn a boundary into the steps of a migration, each with its gate.", "strangler.cli.plan:plan", "etl"
    ),
    "next": LazyCommand(
        "Show the next step, what its gate lacks, and the command.", "strangler.cli.plan:next_step", "etl"
    ),
    "undo": LazyCommand("Take back the last step, or say how.", "strangler.cli.plan:undo", "etl"),
    "check": LazyCommand(
        "Fail on new violations of the boundaries in strangler.toml.", "strangler.cli.check:check", "analyze"
    ),
    "diff": LazyCommand(
        "Show new and removed dependencies between two analyses.", "strangler.cli.diff:diff", "analyze"
    ),
    "design": LazyCommand(
        "Design APIs and events, and check them against the rules.", "strangler.cli.design:design", "analyze"
    ),
    "generate": LazyCommand("Generate a running service from its document.", "strangler.cli.generate:generate"),
    "contract": LazyCommand(
        "Test a running service against its document.", "strangler.cli.contract:contract", "gateway"
    ),
    "dependencies": LazyCommand(
        "Show what the monolith and its services depend on.",
        "strangler.cli.dependencies:dependencies",
        "analyze",
    ),
    "gateway": LazyCommand("Run the gateway, and control it.", "strangler.cli.gateway:gateway", "gateway"),
    "doctor": LazyCommand("Say what a migration lacks, and how to fix it.", "strangler.cli.doctor:doctor", "etl"),
    "journal": LazyCommand("Record changes, and apply them to the other side.", "strangler.cli.journal:journal", "etl"),
    "etl": LazyCommand("Fill a service's own database, and verify that it is equal.", "strangler.cli.etl:etl", "etl"),
    "events": LazyCommand(
        "Publish changes as events, and manage their consumers.", "strangler.cli.events:events", "etl"
    ),
    "cutover": LazyCommand(
        "Move a service's writes to v2, or finish the move.", "strangler.cli.cutover:cutover", "etl"
    ),
    "rollback": LazyCommand(
        "Move a service's writes back to v1, or finish that.", "strangler.cli.cutover:rollback", "etl"
    ),
    "status": LazyCommand("Show where the migration of each service stands.", "strangler.cli.status:status", "etl"),
    "rewrite": LazyCommand(
        "Make the monolith call a service through a port.", "strangler.cli.rewrite:rewrite", "analyze"
    ),
    "retire": LazyCommand(
        "Find and remove code that is dead once a service answers.", "strangler.cli.retire:retire", "etl"
    ),
    "demo": LazyCommand(
        "Move the sample monolith's reviews out under load, and back.",
        "strangler.cli.demo:demo",
        "postgres",
    ),
}


class LazyGroup(typer.core.TyperGroup):
    """Lists its commands from a static table, and imports only the requested one."""

    table: ClassVar[Mapping[str, LazyCommand]] = COMMANDS

    def list_commands(self, ctx: Context) -> list[str]:
        """List the names of the commands, in the order of a migration."""
        return list(self.table)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.table.items()])

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Import the command with that name; None if there is none."""
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        with _needing_packages(f"{ctx.command_path} {cmd_name}", entry):
            return load(cmd_name, entry)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Find the command to run; UsageError suggests similar names."""
        name = args[0]
        if name not in self.table:
            near = get_close_matches(name, self.table, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"see {ctx.command_path} --help"
            raise UsageError(f"there is no command {name}", remedy=remedy)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Context) -> object:
        """Run the command; packages that it imports late may be missing too."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError:
            name = ctx.invoked_subcommand
            if name is None:
                raise
            with _needing_packages(f"{ctx.command_path} {name}", self.table[name]):
                raise


@contextmanager
def _needing_packages(command: str, entry: LazyCommand) -> Generator[None]:
    """Raise MissingExtraError if a package is missing while a command is imported or runs."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if entry.extra is None or package in OWN_PACKAGES:
            raise
        # Imported only here: asking what is installed takes a twentieth of the time a command takes to start.
        from strangler.cli.installation import extra_with  # noqa: PLC0415

        raise MissingExtraError(command, extra_with(package, entry.extra), package) from error


def load(name: str, entry: LazyCommand) -> Command:
    """Import a command, and add the options that every command has."""
    with _uncollected():
        return _loaded(name, entry)


@contextmanager
def _uncollected() -> Generator[None]:
    """Collect no garbage during the block, and exclude its objects from later collections: modules stay.

    That saves a twelfth of the time a command takes to start.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


def _loaded(name: str, entry: LazyCommand) -> Command:
    module_name, _, attribute = entry.target.partition(":")
    target: object = getattr(import_module(module_name), attribute)
    if isinstance(target, typer.Typer):
        application = target
    elif callable(target):
        application = typer.Typer(add_completion=False, rich_markup_mode=None)
        application.command(name)(target)
    else:
        raise TypeError(f"{entry.target} is neither a function nor a typer.Typer")
    command = typer.main.get_command(application)
    command.name = name
    add_settings(command)
    take_plain_values(command)
    return command
