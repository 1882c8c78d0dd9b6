"""Writes a report to its file, and opens it."""

from __future__ import annotations

import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from strangler.cli.console import Console
from strangler.cli.migration_record import cut_over, remembered_record
from strangler.cli.questions import constraints_path
from strangler.cli.source_folder import SourceFolder
from strangler.model.authority import Side
from strangler.planner.ratchet import findings, has_boundary
from strangler.project import Project, RouteRule, Traffic
from strangler.report.document.beginning import Part, parts
from strangler.report.document.grouping import DeclaredRoute, DeclaredService, Phase
from strangler.report.document.project_facts import NOTHING_KNOWN, ProjectFacts
from strangler.report.front_end import front_end
from strangler.report.page import report_page
from strangler.store import write_atomic
from strangler_analyzers.boundaries.constraints_file import load_constraints
from strangler_analyzers.boundaries.extraction_order import extraction_order
from strangler_analyzers.boundaries.suggestion import study
from strangler_analyzers.graph.summary import Summary
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.migrations.table_changes import table_changes
from strangler_analyzers.ratchet.baseline import Judgement, judge
from strangler_analyzers.ratchet.baseline_file import FILE_NAME, load_baseline


def declared(source: SourceFolder) -> list[DeclaredService]:
    """What the report needs to know of the services in strangler.toml.

    If a plan has seen the authority at v2, all requests of that service go there, whatever its rules say.
    """
    moved = frozenset[str]() if source.project is None else cut_over(source.project)
    rules = {
        service.name: [
            replace(rule, phase=Phase.V2, share=100) if service.name in moved else rule
            for rule in (_rule(rule) for rule in source.routes if rule.service == service.name)
        ]
        for service in source.services
    }
    return [
        DeclaredService(service.name, service.modules, service.tables, tuple(rules[service.name]))
        for service in source.services
    ]


def project_facts(source: SourceFolder, system: SystemGraph) -> ProjectFacts:
    """What the source's project knows besides the code; nothing without a strangler.toml."""
    if source.project is None:
        return NOTHING_KNOWN
    return ProjectFacts(
        record=remembered_record(source.project), judgement=_judgement(source.project, source.root, system)
    )


def weighed_parts(path: Path, system: SystemGraph) -> tuple[Part, ...]:
    """The parts that could leave, as `strangler suggest --first` ranks them."""
    return parts(extraction_order(study(system, load_constraints(constraints_path(path), system))))


def _judgement(project: Project, root: Path, system: SystemGraph) -> Judgement | None:
    """The violations of the declared boundaries; None if none is declared."""
    if not has_boundary(project):
        return None
    constraints = load_constraints(constraints_path(project.folder), system)
    found = findings(system, table_changes(root, system.facts), project, constraints)
    return judge(found, load_baseline(project.folder / FILE_NAME), datetime.now(UTC).date())


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
    project: ProjectFacts = NOTHING_KNOWN,
) -> None:
    """Write the report of a system; MissingFrontEndError if strangler was installed without the front end."""
    write_atomic(path, report_page(system, summary, front_end(), services, project))


def show_in_browser(console: Console, path: Path) -> None:
    """Open a file in the user's browser, or say that there is none."""
    if not webbrowser.open(path.resolve().as_uri()):
        console.note("no browser could be started: open the report by hand")
