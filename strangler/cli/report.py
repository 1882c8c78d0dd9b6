"""``strangler report``: write the report of a map that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.report_file import declared, show_in_browser, write_report
from strangler.cli.saved_graph import load_graph, saved_store
from strangler.cli.source_folder import source_folder
from strangler.report.redaction import Substitutes, redacted, redacted_services
from strangler.store import check_writable
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph


def report(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    html: Annotated[
        Path | None, typer.Option("--html", metavar="PATH", help="Write the report here. [default: beside the map]")
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Replace every name, to show the report to people outside.")
    ] = False,
    open_report: Annotated[bool, typer.Option("--open", help="Show the report in a browser.")] = False,
) -> None:
    """Write the report of a map that is there."""
    system = load_graph(path)
    store = saved_store(path)
    target = html or (store.redacted_report_path if redact else store.report_path)
    check_writable(target.parent, remedy="write the report elsewhere: --html PATH")
    services = declared(source_folder(path))
    if redact:
        substitutes = Substitutes()
        system = SystemGraph(redacted(system.facts, substitutes))
        services = redacted_services(services, substitutes)
    write_report(target, system, summarise(system), services)
    console = console_of(context)
    console.note(f"report: {target}")
    if open_report:
        show_in_browser(console, target)
