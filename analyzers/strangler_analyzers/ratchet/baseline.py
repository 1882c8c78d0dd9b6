"""The baseline of known findings: each with a reason, some with an expiry day; it may only shrink."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from strangler_analyzers.ratchet.declared_ownership import MONOLITH
from strangler_analyzers.ratchet.findings import Finding


@dataclass(frozen=True, slots=True)
class Exemption:
    """A finding that is tolerated, with the reason and an optional last day."""

    rule: str
    subject: str
    reason: str
    expires: date | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The key of the finding."""
        return self.rule, self.subject


@dataclass(frozen=True, slots=True)
class Baseline:
    """The exemptions, and the services whose boundaries were declared when they were made."""

    services: tuple[str, ...] = ()
    exemptions: tuple[Exemption, ...] = ()

    @property
    def by_key(self) -> Mapping[tuple[str, str], Exemption]:
        """The exemptions by the key of their finding."""
        return {item.key: item for item in self.exemptions}


@dataclass(frozen=True, slots=True)
class Known:
    """A finding with its exemption."""

    finding: Finding
    exemption: Exemption

    @property
    def ended(self) -> Finding:
        """The finding with a message that begins by saying that its exemption has expired."""
        until = f"exempt until {self.exemption.expires} ({self.exemption.reason})"
        return replace(self.finding, message=f"{until}: {self.finding.message}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """Findings compared with a baseline.

    `expired` are findings whose exemption has expired; `stale` exemptions have no finding any more; `grown` exemptions
    were added for new findings.
    """

    new: tuple[Finding, ...]
    expired: tuple[Known, ...]
    known: tuple[Known, ...]
    stale: tuple[Exemption, ...]
    grown: tuple[Exemption, ...] = ()

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The findings that must be fixed: new ones, then those whose exemption has expired."""
        return (*self.new, *(item.ended for item in self.expired))

    @property
    def passes(self) -> bool:
        """Whether nothing has to be fixed."""
        return not (self.new or self.expired or self.stale or self.grown)


def judge(findings: Sequence[Finding], baseline: Baseline, today: date) -> Judgement:
    """Separate new findings from known ones; an exemption is valid through its expiry day."""
    known: list[Known] = []
    expired: list[Known] = []
    new: list[Finding] = []
    exempt = baseline.by_key
    for finding in findings:
        exemption = exempt.get(finding.key)
        if exemption is None:
            new.append(finding)
        elif exemption.expires is not None and exemption.expires < today:
            expired.append(Known(finding, exemption))
        else:
            known.append(Known(finding, exemption))
    found = {finding.key for finding in findings}
    stale = tuple(item for item in baseline.exemptions if item.key not in found)
    return Judgement(tuple(new), tuple(expired), tuple(known), stale)


def judge_change(
    findings: Sequence[Finding], before: Iterable[Finding], baseline: Baseline, baseline_before: Baseline
) -> Judgement:
    """Judge a change alone, without findings that the code before it already had.

    `before` are the findings of the earlier code under the present boundaries, so that a new boundary does not count
    as a new dependency. Exemptions do not cover findings that the change adds, and the change must remove exemptions
    that it makes unnecessary.
    """
    old = {finding.key for finding in before}
    exempt, now = baseline.by_key, {finding.key for finding in findings}
    added = baseline.by_key.keys() - baseline_before.by_key.keys()
    return Judgement(
        new=tuple(item for item in findings if item.key not in old),
        expired=(),
        known=tuple(Known(item, exempt[item.key]) for item in findings if item.key in old and item.key in exempt),
        stale=tuple(item for item in baseline.exemptions if item.key in old and item.key not in now),
        grown=tuple(item for item in baseline.exemptions if item.key in added and item.key not in old),
    )


def accepted(
    baseline: Baseline, findings: Sequence[Finding], services: Iterable[str], reason: str, expires: date | None
) -> Baseline:
    """The baseline without vanished findings, plus those of newly declared services; nothing else is added."""
    declared = tuple(sorted(services))
    fresh = {MONOLITH, *declared} - {*baseline.services, MONOLITH}
    exempt = baseline.by_key
    kept = [exempt[item.key] for item in findings if item.key in exempt]
    first = not baseline.services
    added = [
        Exemption(item.rule.value, item.subject, reason, expires)
        for item in findings
        if item.key not in exempt and (first or item.services & fresh)
    ]
    return Baseline(declared, _sorted((*kept, *added)))


def shrunk(baseline: Baseline, findings: Sequence[Finding]) -> Baseline:
    """The baseline without vanished findings."""
    found = {finding.key for finding in findings}
    return Baseline(baseline.services, _sorted(item for item in baseline.exemptions if item.key in found))


def _sorted(exemptions: Iterable[Exemption]) -> tuple[Exemption, ...]:
    return tuple(sorted(exemptions, key=lambda item: item.key))
