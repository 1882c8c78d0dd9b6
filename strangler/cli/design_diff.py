"""``strangler design diff``: what a new version of a document breaks."""

from __future__ import annotations

from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.design_versions import named_versions
from strangler.cli.render.design_changes import ChangePage
from strangler.cli.settings import Json
from strangler.contracts.comparison.document_comparison import compare
from strangler.model.errors import ExitCode
from strangler.model.printable import printable_parts

_HELP = "A design document, git:REVISION for the other one's file then, or git:REVISION:FILE."


def diff(
    context: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help=_HELP)],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Likewise.")],
    json: Json = False,
) -> None:
    """Tell what changes from one version of a document to another; the exit status is 1 when a client breaks."""
    before, after = named_versions(old, new)
    changes = compare(before.document, before.library, after.document, after.library)
    console = console_of(context)
    if json:
        console.json({"changes": changes})
    else:
        console.terminal.print(ChangePage(printable_parts(changes)), soft_wrap=True)
    if any(item.breaking for item in changes):
        raise typer.Exit(ExitCode.FINDINGS)
