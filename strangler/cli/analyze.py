"""``strangler analyze``: map a monolith."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from strangler.cli.common_options import Json
from strangler.cli.console import Console, console_of
from strangler.cli.progress import progress_of
from strangler.cli.render.summary import SummaryPage
from strangler.cli.report_file import declared, project_facts, show_in_browser, weighed_parts, write_report
from strangler.cli.source_folder import services_inside, source_folder
from strangler.model.errors import StranglerError
from strangler.model.printable import printable_parts
from strangler.model.quantity import quantity
from strangler.report.document.beginning import Part
from strangler.report.front_end import MissingFrontEndError
from strangler.store import ArtefactStore, check_writable
from strangler_analyzers.boundaries.extraction_order import is_quickly_ordered
from strangler_analyzers.evidence.observation import observe
from strangler_analyzers.evidence.recordings import load_recording
from strangler_analyzers.evidence.traffic import access_traffic, check_logs, statement_traffic
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
    access_log: Annotated[
        list[Path] | None,
        typer.Option(
            "--access-log", metavar="FILE", help="Count requests per route from this web server log; repeatable."
        ),
    ] = None,
    access_log_format: Annotated[
        str,
        typer.Option(
            "--access-log-format",
            metavar="FORMAT",
            help="auto, json, or the format string of the server's configuration.",
        ),
    ] = "auto",
    sql_log: Annotated[
        list[Path] | None,
        typer.Option(
            "--sql-log", metavar="FILE", help="Count reads and writes per table from this database log; repeatable."
        ),
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Do not read or write the cache.")] = False,
    observed: Annotated[
        Path | None,
        typer.Option("--observed", metavar="FILE", help="Compare with a recording of `strangler record`."),
    ] = None,
    json: Json = False,
) -> None:
    """Map a monolith: modules, calls, routes, tables."""
    source = source_folder(path)
    store = source.store if output is None else ArtefactStore(output)
    report = html or store.report_path
    check_writable(store.folder, remedy="write the results elsewhere: --output DIR")
    check_writable(report.parent, remedy="write the report elsewhere: --html PATH")
    recording = load_recording(observed) if observed is not None else None
    check_logs([*(access_log or ()), *(sql_log or ())], access_log_format)
    with progress_of(context) as progress:
        cache = None if no_cache else store.cache_path
        facts = analyze_folder(source.root, progress, monolith=source.monolith, cache=cache)
        if access_log:
            facts = replace(facts, access_traffic=access_traffic(facts, access_log, access_log_format, progress))
        if sql_log:
            facts = replace(facts, statement_traffic=statement_traffic(facts, sql_log, progress))
    if recording is not None:
        facts = replace(facts, observed=observe(facts, recording))
    system = SystemGraph(facts)
    summary = summarise(system)
    save_facts(store, facts)
    console = console_of(context)
    if json:
        console.json(summary)
    else:
        console.terminal.print(SummaryPage(printable_parts(summary)))
    console.note(f"\nmap: {store.graph_path}")
    for service, folder, modules in services_inside(source, facts):
        console.note(
            f"{folder} belongs to the service {service}, not to v1, and {quantity(modules, 'module')} of the map"
            f" {'is' if modules == 1 else 'are'} in it; to leave it out, name it in [monolith] exclude"
        )
    try:
        project = replace(project_facts(source, system), order=_order(console, path or Path(), system))
        write_report(report, system, summary, declared(source), project)
    except MissingFrontEndError as error:
        console.note(f"no report: {error}")
    else:
        console.note(f"report: {report}")
        if open_report:
            show_in_browser(console, report)


def _order(console: Console, path: Path, system: SystemGraph) -> tuple[Part, ...] | None:
    """What to extract first, if that is quickly known; an invalid boundaries.toml does not affect the map."""
    if not is_quickly_ordered(system):
        return None
    try:
        return weighed_parts(path, system)
    except StranglerError as error:
        console.note(f"nothing is said of where to begin: {error}")
        return None
