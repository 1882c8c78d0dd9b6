"""The whole document of a report, as the front end reads it (``web/src/data/document.ts``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from strangler.model.json_value import Json
from strangler.report.document.beginning import beginning_section
from strangler.report.document.code import Code
from strangler.report.document.columns import Vocabulary, columns
from strangler.report.document.comparison import comparison_section
from strangler.report.document.evidence import evidence_section
from strangler.report.document.grouping import DeclaredService, Grouping
from strangler.report.document.migration import migration_section
from strangler.report.document.project_facts import NOTHING_KNOWN, ProjectFacts
from strangler.report.document.requests import request_sections
from strangler.report.document.services import service_sections
from strangler.report.document.structure import Structure
from strangler.report.document.violations import violations_section
from strangler_analyzers.boundaries.crossings import evidence
from strangler_analyzers.graph.cycles import ImportCycle
from strangler_analyzers.graph.summary import Finding, Summary
from strangler_analyzers.graph.system_graph import SystemGraph

SCHEMA = "strangler.report"
VERSION = 4
"""Incremented with every change that an older front end could not read."""


def report_document(
    graph: SystemGraph,
    summary: Summary,
    services: Sequence[DeclaredService] = (),
    project: ProjectFacts = NOTHING_KNOWN,
) -> Mapping[str, Json]:
    """Everything the report shows, as JSON values; equal facts give equal documents."""
    vocabulary = Vocabulary()
    grouping = Grouping(graph.applications, services)
    structure = Structure(graph, grouping, vocabulary)
    code = Code(graph, structure, vocabulary)
    sections: dict[str, Json] = {"schema": SCHEMA, "version": VERSION, "summary": _summary(summary, structure)}
    sections |= structure.sections()
    sections |= request_sections(graph, structure, code, vocabulary)
    found = evidence(graph)
    sections["evidence"] = evidence_section(found, structure, code.functions, vocabulary)
    sections |= code.sections()
    sections |= service_sections(found, services, grouping)
    sections["beginning"] = beginning_section(project.order, structure)
    sections["comparison"] = comparison_section(project.comparison)
    sections["migration"] = migration_section(project.record)
    sections["violations"] = violations_section(project.judgement)
    sections["skipped"] = columns(("file", "reason"), ([item.file, item.reason] for item in summary.skipped))
    sections |= {"files": vocabulary.files.names(), "strings": vocabulary.strings.names()}
    return sections


def _summary(summary: Summary, structure: Structure) -> Json:
    return {
        "root": summary.root,
        "frameworks": list(summary.frameworks),
        "size": asdict(summary.size),
        "tables": [summary.tables, summary.foreign_tables, summary.undeclared_tables],
        "outside": summary.outside,
        "ledger": asdict(summary.ledger),
        "findings": [_finding(finding) for finding in summary.findings],
        "cycles": [_cycle(cycle) for cycle in summary.cycles],
        "shared": [
            {
                "table": structure.tables.of(item.table),
                "owner": item.owner or "",
                "writers": [
                    {"app": writer.app, "count": len(writer.writes), "place": str(writer.writes[0].location)}
                    for writer in item.writers
                ],
            }
            for item in summary.shared_tables
        ],
    }


def _finding(finding: Finding) -> Json:
    return {"text": finding.text, "node": finding.node, "place": str(finding.location or "")}


def _cycle(cycle: ImportCycle) -> Json:
    return {
        "names": list(cycle.modules),
        "example": list(cycle.example),
        "deferred": cycle.broken_by_deferring,
        "cheapest": [
            {"importer": item.importer, "imported": item.imported, "place": str(item.location), "uses": item.uses}
            for item in cycle.cheapest
        ],
    }
