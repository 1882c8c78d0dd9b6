"""A judgement as SARIF."""

from __future__ import annotations

from strangler.model.json_value import JsonObject
from strangler.sarif import SarifResult, sarif_log
from strangler_analyzers.ratchet.baseline import Exemption, Judgement
from strangler_analyzers.ratchet.findings import RULES, Finding


def sarif(judgement: Judgement, version: str, prefix: str = "") -> JsonObject:
    """The log: new findings as errors, known ones suppressed; `prefix` leads from the repository to the source."""
    results = [_result(item, prefix, "new") for item in judgement.new]
    results += [_result(item.ended, prefix, "unchanged") for item in judgement.expired]
    results += [_result(item.finding, prefix, "unchanged", _why(item.exemption)) for item in judgement.known]
    return sarif_log({rule.value: text for rule, text in RULES.items()}, results, version)


def _result(finding: Finding, prefix: str, state: str, justification: str | None = None) -> SarifResult:
    # A finding without a location concerns the declarations in the project file.
    file = "strangler.toml" if finding.location is None else f"{prefix}{finding.location.file}"
    line = 1 if finding.location is None else finding.location.line
    message = f"{finding.message}. {finding.remedy}"
    return SarifResult(finding.rule.value, message, file, line, finding.subject, state, justification)


def _why(exemption: Exemption) -> str:
    until = "" if exemption.expires is None else f" (until {exemption.expires.isoformat()})"
    return f"{exemption.reason}{until}"
