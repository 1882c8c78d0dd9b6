"""Writes a report where it is wanted, and shows it."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterable, Sequence
from pathlib import Path

from strangler.cli.console import Console
from strangler.project import Service
from strangler.report.document.grouping import DeclaredService
from strangler.report.front_end import front_end
from strangler.report.page import report_page
from strangler.store import write_atomic
from strangler_analyzers.graph.summary import Summary
from strangler_analyzers.graph.system_graph import SystemGraph


def declared(services: Iterable[Service]) -> list[DeclaredService]:
    """What the report needs to know of the services in strangler.toml."""
    return [DeclaredService(service.name, service.modules, service.tables) for service in services]


def write_report(path: Path, system: SystemGraph, summary: Summary, services: Sequence[DeclaredService]) -> None:
    """Write the report of a system; raises MissingFrontEndError where strangler was installed without it."""
    write_atomic(path, report_page(system, summary, front_end(), services))


def show_in_browser(console: Console, path: Path) -> None:
    """Open a file in the user's browser, or say that there is none."""
    if not webbrowser.open(path.resolve().as_uri()):
        console.note("no browser could be started: open the report by hand")
