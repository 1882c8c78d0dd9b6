"""A judgement as SARIF 2.1.0, the format code scanners hand their results over in (OASIS, 2020)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from strangler_analyzers.ratchet.baseline import Exemption, Judgement
from strangler_analyzers.ratchet.findings import RULES, Finding, Rule

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Json = str | int | Sequence["Json"] | Mapping[str, "Json"]


def sarif(judgement: Judgement, version: str, prefix: str = "") -> Mapping[str, Json]:
    """The log: new findings as errors, known ones suppressed; `prefix` leads from the repository to the source."""
    results: list[Json] = [_result(item, prefix, "new") for item in judgement.new]
    results += [_result(item.ended, prefix, "unchanged") for item in judgement.expired]
    results += [
        {**_result(item.finding, prefix, "unchanged"), "suppressions": [_suppression(item.exemption)]}
        for item in judgement.known
    ]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "strangler", "version": version, "rules": list(_rules())}},
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def _rules() -> Iterator[Json]:
    for rule, text in RULES.items():
        yield {
            "id": rule.value,
            "shortDescription": {"text": text},
            "defaultConfiguration": {"level": "error"},
        }


def _result(finding: Finding, prefix: str, state: str) -> dict[str, Json]:
    result: dict[str, Json] = {
        "ruleId": finding.rule.value,
        "ruleIndex": list(Rule).index(finding.rule),
        "level": "error",
        "message": {"text": f"{finding.message}. {finding.remedy}"},
        "partialFingerprints": {"stranglerSubject/v1": f"{finding.rule.value}: {finding.subject}"},
        "baselineState": state,
    }
    # What has no place of its own is about what the project file declares.
    file = "strangler.toml" if finding.location is None else f"{prefix}{finding.location.file}"
    line = 1 if finding.location is None else max(1, finding.location.line)
    place: dict[str, Json] = {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": line}}
    result["locations"] = [{"physicalLocation": place}]
    return result


def _suppression(exemption: Exemption) -> Json:
    until = "" if exemption.expires is None else f" (until {exemption.expires.isoformat()})"
    return {"kind": "external", "justification": f"{exemption.reason}{until}"}
