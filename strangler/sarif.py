"""SARIF 2.1.0, the format code scanners hand their results over in (OASIS, 2020)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from strangler.model.json_value import Json, JsonObject

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, slots=True)
class SarifResult:
    """One finding: `file` from the top of the repository, `line` from 1.

    `subject` says what it is about in words that outlive an edit around it. `state` is that of a comparison with an
    earlier run (``new``, ``unchanged``), None where there was none; `justification` why it is let be, if it is.
    """

    rule: str
    message: str
    file: str
    line: int
    subject: str
    state: str | None = None
    justification: str | None = None


def sarif_log(rules: Mapping[str, str], results: Iterable[SarifResult], version: str) -> JsonObject:
    """The log of one run; `rules` are sentences by their codes."""
    order = {rule: index for index, rule in enumerate(rules)}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "strangler", "version": version, "rules": _rules(rules)}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(item, order[item.rule]) for item in results],
            }
        ],
    }


def _rules(rules: Mapping[str, str]) -> Sequence[Json]:
    return [
        {"id": rule, "shortDescription": {"text": text}, "defaultConfiguration": {"level": "error"}}
        for rule, text in rules.items()
    ]


def _result(item: SarifResult, index: int) -> JsonObject:
    result: dict[str, Json] = {
        "ruleId": item.rule,
        "ruleIndex": index,
        "level": "error",
        "message": {"text": item.message},
        "partialFingerprints": {"stranglerSubject/v1": f"{item.rule}: {item.subject}"},
    }
    if item.state is not None:
        result["baselineState"] = item.state
    place: JsonObject = {"artifactLocation": {"uri": quote(item.file)}, "region": {"startLine": max(1, item.line)}}
    result["locations"] = [{"physicalLocation": place}]
    if item.justification is not None:
        result["suppressions"] = [{"kind": "external", "justification": item.justification}]
    return result
