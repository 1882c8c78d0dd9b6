"""``strangler analyze``: map a monolith."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.progress import progress_of
from strangler.cli.render.printable import printable_parts
from strangler.cli.render.summary import SummaryPage
from strangler.cli.settings import Json
from strangler.cli.source_folder import source_folder
from strangler.report.page import report_page
from strangler.store import ArtefactStore, check_writable, write_atomic
from strangler_analyzers.graph.codec import save_facts
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.pipeline import analyze as analyze_folder


def analyze(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(
            help="Folder with the monolith's source. [default: what the nearest strangler.toml says, else .]"
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="PATH", help="Write the report here.")] = None,
    open_report: Annotated[bool, typer.Option("--open", help="Show the report in a browser.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="DIR",
            help="Folder for the results. [default: .strangler beside strangler.toml, else in PATH]",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Map a monolith: modules, calls, routes, tables."""
    source = source_folder(path)
    store = source.store if output is None else ArtefactStore(output)
    report = html or store.report_path
    check_writable(store.folder, remedy="write the results elsewhere: --output DIR")
    check_writable(report.parent, remedy="write the report elsewhere: --html PATH")
    with progress_of(context) as progress:
        facts = analyze_folder(source.root, progress, monolith=source.monolith)
    system = SystemGraph(facts)
    summary = summarise(system)
    save_facts(store, facts)
    write_atomic(report, report_page(system, summary))
    console = console_of(context)
    if json:
        console.json(summary)
    else:
        console.terminal.print(SummaryPage(printable_parts(summary)))
    console.note(f"\nmap: {store.graph_path}\nreport: {report}")
    if open_report and not webbrowser.open(report.resolve().as_uri()):
        console.note("no browser could be started: open the report by hand")
