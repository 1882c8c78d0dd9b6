"""``strangler graph``: export the map."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.saved_graph import load_graph
from strangler.model.errors import UsageError
from strangler.store import write_atomic
from strangler_analyzers.graph.overview import Level
from strangler_analyzers.graph.system_graph import SystemGraph


class GraphFormat(StrEnum):
    """The formats that the map is exported in."""

    JSON = "json"
    GRAPHML = "graphml"
    DOT = "dot"
    MERMAID = "mermaid"
    CSV = "csv"
    FACTS = "facts"


def graph(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    format_: Annotated[GraphFormat, typer.Option("--format", help="Format of the export.")] = GraphFormat.JSON,
    level: Annotated[Level, typer.Option("--level", help="What dot and mermaid draw.")] = Level.MODULES,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write to a file instead of standard output; csv writes two files into a folder, or a .zip.",
        ),
    ] = None,
) -> None:
    """Export the map for other programs."""
    if format_ is GraphFormat.CSV and output is None and sys.stdout.isatty():
        raise UsageError("csv is two files in a zip archive", remedy="add --output FOLDER or --output FILE.zip")
    system = load_graph(path)
    for target, content in _files(system, format_, level, output).items():
        if target is None:
            sys.stdout.buffer.write(content)
        else:
            write_atomic(target, content)
            console_of(context).note(f"wrote {target}")


def _files(system: SystemGraph, format_: GraphFormat, level: Level, output: Path | None) -> dict[Path | None, bytes]:
    """The contents to write, by file; None stands for standard output."""
    if format_ is GraphFormat.CSV:
        from strangler_analyzers.export.tables import csv_archive, csv_tables  # noqa: PLC0415 - only this format

        if output is not None and output.suffix != ".zip":
            return {output / name: content for name, content in csv_tables(system).items()}
        return {output: csv_archive(system)}
    return {output: _content(system, format_, level)}


def _content(system: SystemGraph, format_: GraphFormat, level: Level) -> bytes:
    # Each format's module is imported on its own: GraphML needs networkx, which loads longer than most exports take.
    match format_:
        case GraphFormat.GRAPHML:
            from strangler_analyzers.export.graphml import graphml  # noqa: PLC0415

            return graphml(system)
        case GraphFormat.DOT:
            from strangler_analyzers.export.dot import dot  # noqa: PLC0415

            return dot(system, level).encode()
        case GraphFormat.MERMAID:
            from strangler_analyzers.export.mermaid import mermaid  # noqa: PLC0415

            return mermaid(system, level).encode()
        case GraphFormat.FACTS:
            from strangler_analyzers.export.facts import facts_json  # noqa: PLC0415

            return facts_json(system)
        case _:
            from strangler_analyzers.export.node_link import node_link_json  # noqa: PLC0415

            return node_link_json(system)
