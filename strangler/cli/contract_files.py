"""The files that ``strangler contract test`` writes for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec

from strangler.cli.design_lint import from_top
from strangler.cli.installation import NAME
from strangler.contracts.verification.finding import CONTRACT_RULES, Finding
from strangler.contracts.verification.junit import junit
from strangler.contracts.verification.report import Report
from strangler.model.json_value import JsonObject
from strangler.model.printable import printable_parts
from strangler.project import Project
from strangler.sarif import SarifResult, sarif_log
from strangler.store import write_atomic


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The files that a report is written to; None for those that are not wanted."""

    sarif: Path | None
    junit: Path | None

    def write(self, service: str, report: Report, project: Project, *, strict: bool) -> None:
        """Write the requested files, each atomically; with `strict`, what is not proven has failed."""
        if self.sarif is not None:
            content = msgspec.json.encode(_sarif(report.findings, project))
            write_atomic(self.sarif, msgspec.json.format(content, indent=2) + b"\n")
        if self.junit is not None:
            write_atomic(self.junit, junit(service, printable_parts(report), strict=strict))


def _sarif(found: Sequence[Finding], project: Project) -> JsonObject:
    results = [
        SarifResult(
            item.rule.value,
            f"{item.operation}, {item.subject}: expected {item.expected}; came {item.came}; {item.request}",
            from_top(Path(item.place.file), project),
            item.place.line,
            f"{item.operation}, {item.subject}",
        )
        for item in found
    ]
    return sarif_log({rule.value: reason for rule, reason in CONTRACT_RULES.items()}, results, version(NAME))
