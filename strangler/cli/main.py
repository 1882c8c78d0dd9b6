"""The `strangler` command and the one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Annotated

import typer
import typer.main

from strangler.cli.commands import LazyGroup
from strangler.cli.common_options import Settings, add_settings
from strangler.cli.plain_values import take_plain_values
from strangler.cli.relative_paths import from_here
from strangler.cli.streams import ReaderGoneError, prepare_streams
from strangler.model.errors import ExitCode, MissingExtraError, StranglerError, UnavailableError, UsageError, notes_of
from strangler.model.printable import printable_lines

PROGRAM = "strangler"


class TerminatedError(KeyboardInterrupt):
    """SIGTERM arrived: the command ends like an interrupted one, with all clean-up."""


app = typer.Typer(cls=LazyGroup, rich_markup_mode=None)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version  # noqa: PLC0415 - as in strangler.cli.commands

        typer.echo(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def strangler(
    context: typer.Context,
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Take services out of a Python monolith, one feature at a time."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line as this process and exit with its status."""
    prepare_streams()
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def _terminate(number: int, frame: FrameType | None) -> None:
    raise TerminatedError


def run(arguments: Sequence[str]) -> int:
    """Run one command line, and return its exit status; every error is reported on standard error."""
    settings = Settings()
    try:
        status = _call(arguments, settings)
        sys.stdout.flush()
    except ReaderGoneError:
        status = ExitCode.BROKEN_PIPE
    except TerminatedError:
        _complain("terminated")
        status = ExitCode.TERMINATED
    except KeyboardInterrupt:
        _complain("interrupted")
        status = ExitCode.INTERRUPTED
    except typer.Abort:
        _complain("aborted")
        status = ExitCode.INTERRUPTED
    except typer.TyperException as error:
        _complain(f"error: {_usage_message(error)}", settings)
        status = error.exit_code
    except StranglerError as error:
        if isinstance(error, MissingExtraError):
            from strangler.cli.installation import install_command  # noqa: PLC0415 - only for an error

            error.remedy = f"run: {install_command(error.extra)}"
        told = [line for text in (str(error), *notes_of(error)) for line in text.splitlines()]
        _complain("\n".join(f"error: {from_here(line)}" for line in told), settings)
        status = error.exit_code
    except Exception as error:  # noqa: BLE001 - no traceback may reach a user
        _complain(_internal_message(error, settings), settings)
        status = ExitCode.INTERNAL
    with suppress(ReaderGoneError, UnavailableError):
        sys.stdout.flush()  # What a command printed before it failed; only the error that it raised matters.
    return int(status)


def _call(arguments: Sequence[str], settings: Settings) -> int:
    _refuse_empty(arguments)
    command = typer.main.get_command(app)
    add_settings(command)
    take_plain_values(command)
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:
        command.main(list(arguments), prog_name=PROGRAM)
    try:
        with command.make_context(PROGRAM, list(arguments), obj=settings) as context:
            command.invoke(context)
    except typer.Exit as exit_:
        return exit_.exit_code
    return ExitCode.OK


def _refuse_empty(arguments: Sequence[str]) -> None:
    """Refuse empty arguments: no command accepts one, and it mostly comes from a variable that is not set."""
    for argument in arguments:
        name, equals, value = argument.partition("=") if argument.startswith("--") else ("", "=", argument)
        if equals and not value.strip():
            what = f"the value of {name} is empty" if name else "an argument is empty"
            raise UsageError(f"{what}: {PROGRAM} {shlex.join(arguments)}", remedy="was a variable not set?")


def _usage_message(error: typer.TyperException) -> str:
    # Remove the wording of the validation library, which is for programmers.
    message = " ".join(error.format_message().replace("Value error, ", "").split()).rstrip(".")
    path = getattr(getattr(error, "ctx", None), "command_path", None)
    return f"{message[:1].lower()}{message[1:]}; see {path or PROGRAM} --help"


def _internal_message(error: Exception, settings: Settings) -> str:
    hint = "" if settings.debug else "; repeat the command with --debug for the traceback"
    summary = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(":")
    return f"error: this is a bug in strangler: {summary}{hint}"


def _complain(message: str, settings: Settings | None = None) -> None:
    if settings is not None and settings.debug:
        traceback.print_exc()
    print(printable_lines(message), file=sys.stderr)  # noqa: T201 - rich is not loaded for an error
