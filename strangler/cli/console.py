"""The outputs of a command: results go to standard output, everything else to standard error."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import msgspec
import rich.console
import typer

from strangler.cli.common_options import Settings, settings_of
from strangler.model.printable import printable_lines


@dataclass(frozen=True, slots=True)
class Console:
    """The two outputs of one command, which follow its settings."""

    settings: Settings

    @property
    def terminal(self) -> rich.console.Console:
        """A rich console on standard output, for tables and colours; plain without a terminal."""
        return rich.console.Console(file=sys.stdout, highlight=False, markup=False, soft_wrap=False)

    def result(self, text: str) -> None:
        """Print a line of the result."""
        sys.stdout.write(f"{printable_lines(text)}\n")

    def json(self, value: object) -> None:
        """Print the result as JSON, with the keys in the order given."""
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")

    def note(self, text: str) -> None:
        """Print a message to standard error, unless the command is quiet."""
        if not self.settings.quiet:
            sys.stderr.write(f"{printable_lines(text)}\n")

    def detail(self, text: str) -> None:
        """Print a detail to standard error, if the command is verbose."""
        if self.settings.verbose:
            sys.stderr.write(f"{printable_lines(text)}\n")


def console_of(context: typer.Context) -> Console:
    """Return the console of the running command."""
    return Console(settings_of(context))
