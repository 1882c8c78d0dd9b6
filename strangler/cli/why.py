"""``strangler why``: the path from one part to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import console_of
from strangler.cli.render.dependency_path import DependencyPathLines
from strangler.cli.saved_graph import load_graph
from strangler.model.errors import ExitCode
from strangler.model.printable import printable_parts


def why(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="A", help="Module, function, class, route or table.")],
    target: Annotated[str, typer.Argument(metavar="B", help="What A may depend on.")],
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    json: Json = False,
) -> None:
    """Explain why one part depends on another."""
    system = load_graph(path)
    console = console_of(context)
    start, goal = system.find(source), system.find(target)
    found = system.dependency_path(start, goal)
    if json:
        console.json(found if found is not None else {"source": start, "target": goal, "hops": None})
    elif found is not None:
        console.terminal.print(DependencyPathLines(printable_parts(found)), soft_wrap=True)
    else:
        console.result(f"{start} does not depend on {goal}")
        if system.dependency_path(goal, start) is not None:
            console.result(f"{goal} depends on {start}: strangler why '{goal}' '{start}'")
    if found is None:
        raise typer.Exit(ExitCode.FINDINGS)
