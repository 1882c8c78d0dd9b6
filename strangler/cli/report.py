"""``strangler report``: write the report of an existing map."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.console import console_of
from strangler.cli.named_facts import named_facts
from strangler.cli.progress import progress_of
from strangler.cli.report_file import declared, project_facts, show_in_browser, weighed_parts, write_report
from strangler.cli.saved_graph import load_graph, saved_store
from strangler.cli.source_folder import source_folder
from strangler.report.document.comparison import Comparison
from strangler.report.redaction import Substitutes, redacted, redacted_project, redacted_services
from strangler.store import check_writable
from strangler_analyzers.graph.difference import difference
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph


def report(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Folder that was analysed.")] = Path(),
    html: Annotated[
        Path | None, typer.Option("--html", metavar="PATH", help="Write the report here. [default: beside the map]")
    ] = None,
    diff: Annotated[
        str | None,
        typer.Option(
            "--diff",
            metavar="BASE",
            help="Show what has changed since then: a graph.json, an analysed folder, or a git revision.",
        ),
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Replace every name, to show the report to people outside.")
    ] = False,
    open_report: Annotated[bool, typer.Option("--open", help="Show the report in a browser.")] = False,
) -> None:
    """Write the report of an existing map."""
    system = load_graph(path)
    store = saved_store(path)
    target = html or (store.redacted_report_path if redact else store.report_path)
    check_writable(target.parent, remedy="write the report elsewhere: --html PATH")
    source = source_folder(path)
    services = declared(source)
    project = replace(project_facts(source, system), order=weighed_parts(path, system))
    before = None
    if diff is not None:
        with progress_of(context) as progress:
            before = named_facts(diff, source, progress, "report")
    if redact:
        substitutes = Substitutes()
        system = SystemGraph(redacted(system.facts, substitutes))
        services = redacted_services(services, substitutes)
        project = redacted_project(project, substitutes)
        before = None if before is None else redacted(before, substitutes)
    comparison = None if before is None else Comparison(_shown(diff, redact=redact), difference(before, system.facts))
    write_report(target, system, summarise(system), services, replace(project, comparison=comparison))
    console = console_of(context)
    console.note(f"report: {target}")
    if open_report:
        show_in_browser(console, target)


def _shown(base: str | None, *, redact: bool) -> str:
    """The report's name for the earlier analysis; never the path of a file, which may reveal its owner."""
    if base is None or redact:
        return "an earlier analysis"
    path = Path(base)
    return path.resolve().name if path.exists() else base
