"""Writes a report where it is wanted, and shows it."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from pathlib import Path

from strangler.cli.console import Console
from strangler.cli.source_folder import SourceFolder
from strangler.model.authority import Side
from strangler.project import RouteRule, Traffic
from strangler.report.document.comparison import Comparison
from strangler.report.document.grouping import DeclaredRoute, DeclaredService, Phase
from strangler.report.front_end import front_end
from strangler.report.page import report_page
from strangler.store import write_atomic
from strangler_analyzers.graph.summary import Summary
from strangler_analyzers.graph.system_graph import SystemGraph


def declared(source: SourceFolder) -> list[DeclaredService]:
    """What the report needs to know of the services in strangler.toml."""
    rules = {
        service.name: [_rule(rule) for rule in source.routes if rule.service == service.name]
        for service in source.services
    }
    return [
        DeclaredService(service.name, service.modules, service.tables, tuple(rules[service.name]))
        for service in source.services
    ]


def _rule(rule: RouteRule) -> DeclaredRoute:
    traffic = rule.traffic
    whole = sum(arm.weight for arm in traffic.arms)
    to_v2 = sum(arm.weight for arm in traffic.arms if arm.side is Side.V2)
    share = 100 * to_v2 / whole if whole else traffic.v2
    shadow = traffic.shadow.share
    return DeclaredRoute(rule.match.path, rule.match.methods, _phase(traffic, share), round(share, 2), shadow)


def _phase(traffic: Traffic, share: float) -> Phase:
    if traffic.rolled_back:
        return Phase.ROLLED_BACK
    if share >= 100:
        return Phase.V2
    if share > 0:
        return Phase.CANARY
    return Phase.SHADOW if traffic.shadow.share > 0 else Phase.MONOLITH


def write_report(
    path: Path,
    system: SystemGraph,
    summary: Summary,
    services: Sequence[DeclaredService],
    comparison: Comparison | None = None,
) -> None:
    """Write the report of a system; raises MissingFrontEndError where strangler was installed without it."""
    write_atomic(path, report_page(system, summary, front_end(), services, comparison))


def show_in_browser(console: Console, path: Path) -> None:
    """Open a file in the user's browser, or say that there is none."""
    if not webbrowser.open(path.resolve().as_uri()):
        console.note("no browser could be started: open the report by hand")
