"""A judgement as GitLab's code quality report, which marks lines of a merge request.

docs.gitlab.com, "Code Quality report format": an artifact of a job, `reports: codequality`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from strangler_analyzers.ratchet.baseline import Judgement
from strangler_analyzers.ratchet.findings import Finding

Json = str | int | Mapping[str, "Json"]


def code_quality(judgement: Judgement, prefix: str = "") -> Sequence[Mapping[str, Json]]:
    """One entry for each failing finding; `prefix` is the path from the repository to the source.

    The fingerprint covers the rule and the subject, so that moved code is not reported as new.
    """
    return [_entry(item, prefix) for item in judgement.failing]


def _entry(finding: Finding, prefix: str) -> Mapping[str, Json]:
    file = "strangler.toml" if finding.location is None else f"{prefix}{finding.location.file}"
    line = 1 if finding.location is None else max(1, finding.location.line)
    identity = f"{finding.rule.value}: {finding.subject}"
    return {
        "description": f"{finding.message}. {finding.remedy}",
        "check_name": finding.rule.value,
        "fingerprint": hashlib.sha256(identity.encode()).hexdigest(),
        "severity": "major",
        "location": {"path": file, "lines": {"begin": line}},
    }
