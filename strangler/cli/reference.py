"""Generates the command reference, ``docs/commands.md``, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer.core
import typer.main

from strangler.cli.common_options import add_settings
from strangler.cli.main import PROGRAM, app

if TYPE_CHECKING:
    from typer._click.core import Command

WIDTH = 100
INTRODUCTION = """\
# Commands

This page is generated from the program's own help: `make docs` writes it anew.

Results go to standard output; progress, notes and errors to standard error. Without a terminal, progress is one line
every ten seconds with done/total, rate and the time left; `--progress` chooses another way. An error is one line: what
is wrong, where, and how to mend it; `--debug` adds the traceback.

| exit code | meaning |
|---|---|
| 0 | all is well |
| 1 | the command worked and has findings to report, or a verification found a mismatch |
| 2 | the command line cannot be understood |
| 3 | the configuration or the input is wrong |
| 4 | the surroundings fail: database, network, disk, a library that is not installed |
| 5 | a bug in strangler: please report it with what `--debug` shows |
| 130 | interrupted |
| 141 | the reader of the output went away, as with `\\| head` |
| 143 | told to end by SIGTERM |
"""


def reference() -> str:
    """Return the page as Markdown."""
    root = typer.main.get_command(app)
    add_settings(root)
    return INTRODUCTION + "".join(_sections(PROGRAM, root))


def _sections(name: str, command: Command) -> Iterator[str]:
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=WIDTH)
    lines = [line.rstrip() for line in context.get_help().splitlines()]
    yield f"\n## {name}\n\n```text\n" + "\n".join(lines) + "\n```\n"
    if isinstance(command, typer.core.TyperGroup):
        for child_name in command.list_commands(context):
            child = command.get_command(context, child_name)
            if child is not None and not child.hidden:
                yield from _sections(f"{name} {child_name}", child)
