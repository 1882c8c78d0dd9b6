"""``strangler analyze``: map a monolith."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.progress import progress_of
from strangler.cli.render.summary import SummaryPage
from strangler.cli.settings import Json
from strangler.report.page import report_page
from strangler.store import ArtefactStore, write_atomic
from strangler_analyzers.graph.codec import save_facts
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze as analyze_folder


def analyze(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder with the monolith's source.")] = Path(),
    html: Annotated[Path | None, typer.Option("--html", metavar="PATH", help="Write the report here.")] = None,
    open_report: Annotated[bool, typer.Option("--open", help="Show the report in a browser.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Folder for the results.", show_default="PATH/.strangler"),
    ] = None,
    json: Json = False,
) -> None:
    """Map a monolith: modules, calls, routes, tables."""
    with progress_of(context) as progress:
        facts = analyze_folder(path, progress)
    system = SystemGraph(facts)
    summary = summarise(system)
    store = ArtefactStore.beside(path) if output is None else ArtefactStore(output)
    report = html or store.report_path
    save_facts(store, facts)
    write_atomic(report, report_page(system, summary))
    console = console_of(context)
    if json:
        console.json(summary)
    else:
        console.terminal.print(SummaryPage(summary))
    console.note(f"\nmap: {store.graph_path}\nreport: {report}")
    if open_report:
        webbrowser.open(report.resolve().as_uri())
