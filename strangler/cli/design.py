"""``strangler design``: documents of APIs and events, independent of the code."""

from __future__ import annotations

import typer

from strangler.cli.design_diff import diff
from strangler.cli.design_export import export
from strangler.cli.design_extract import extract
from strangler.cli.design_import import import_
from strangler.cli.design_lint import lint, rules

design = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
for command in (extract, lint, rules, diff, export):
    design.command()(command)
design.command("import")(import_)


@design.callback()
def group() -> None:
    """Design APIs and events, and check them against the rules."""
