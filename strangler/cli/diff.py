"""``strangler diff``: the differences between two analyses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.named_facts import CACHE, named_facts
from strangler.cli.progress import progress_of
from strangler.cli.render.difference import DifferencePage
from strangler.cli.source_folder import SourceFolder, source_folder
from strangler.model.printable import printable_parts
from strangler.model.progress import Progress
from strangler.model.system import SystemFacts
from strangler_analyzers.graph.difference import difference
from strangler_analyzers.pipeline import analyze


def diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="A", help="A graph.json, an analysed folder, or a git revision.")],
    after: Annotated[
        str | None, typer.Argument(metavar="[B]", help="Likewise. [default: the source as it is now]")
    ] = None,
    path: Annotated[
        Path | None, typer.Option("--path", metavar="DIR", help="The source, for revisions. [default: as analyze]")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many rows of long lists to show.")] = 10,
    json: Json = False,
) -> None:
    """Show new and removed dependencies between two analyses."""
    source = source_folder(path)
    with progress_of(context) as progress:
        first = named_facts(before, source, progress, "diff")
        second = _now(source, progress) if after is None else named_facts(after, source, progress, "diff")
    found = difference(first, second)
    console = console_of(context)
    if json:
        console.json(found)
    else:
        console.terminal.print(DifferencePage(printable_parts(found), rows), soft_wrap=True)


def _now(source: SourceFolder, progress: Progress) -> SystemFacts:
    return analyze(source.root, progress, monolith=source.monolith, cache=source.store.cache_path / CACHE)
