"""Violations of the declared boundaries, told apart from those that the baseline accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from strangler.model.json_value import Json
from strangler.report.document.columns import columns
from strangler_analyzers.ratchet.baseline import Exemption, Judgement
from strangler_analyzers.ratchet.findings import RULES, Finding

MOST = 1_000
_NAMES = ("state", "rule", "source", "targets", "message", "place", "remedy", "reason", "expires")


def violations_section(judgement: Judgement | None) -> Json:
    """One row per finding, new ones first; null if no boundary is declared."""
    if judgement is None:
        return None
    rows = list(_rows(judgement))
    return {
        **columns(_NAMES, rows[:MOST]),
        "counts": [len(judgement.new), len(judgement.expired), len(judgement.known), len(judgement.stale)],
        "rules": {rule.value: sentence for rule, sentence in RULES.items()},
        "stale": columns(
            ("rule", "subject", "reason"), ([i.rule, i.subject, i.reason] for i in judgement.stale[:MOST])
        ),
    }


def _rows(judgement: Judgement) -> Iterator[Sequence[Json]]:
    for finding in judgement.new:
        yield _row("new", finding, None)
    for state, known in (("expired", judgement.expired), ("known", judgement.known)):
        for item in known:
            yield _row(state, item.finding, item.exemption)


def _row(state: str, finding: Finding, exemption: Exemption | None) -> Sequence[Json]:
    reason, expires = ("", "") if exemption is None else (exemption.reason, str(exemption.expires or ""))
    place, targets = str(finding.location or ""), ", ".join(finding.targets)
    return [
        state,
        finding.rule.value,
        finding.source,
        targets,
        finding.message,
        place,
        finding.remedy,
        reason,
        expires,
    ]
