"""Decides the next step of a delivery; pure, so that the same evidence always leads to the same step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from strangler.model.delivery import DeliveryTerms
from strangler.planner.delivery.evidence import Evidence, SideEvidence
from strangler.planner.delivery.gates import Finding, Verdict, findings


@dataclass(frozen=True, slots=True)
class DeliveryStanding:
    """The state of a delivery: v2 has had `share` percent since a time in unix seconds, with this evidence.

    `counted` is what each gateway had counted at the last look, by address. `reference` is what v1 showed in the step
    before, because once v2 has all clients, v1 shows nothing any more. `failed` says that v2 must be taken back, and
    why. `confirmed` says that every gateway has confirmed the share; until then some may still use `before`.
    """

    share: float
    since: float
    evidence: Evidence = field(default_factory=Evidence)
    reference: SideEvidence = field(default_factory=SideEvidence)
    counted: Mapping[str, Evidence] = field(default_factory=dict[str, Evidence])
    failed: str | None = None
    confirmed: bool = True
    before: float | None = None

    def seen(self, counted: Mapping[str, Evidence]) -> DeliveryStanding:
        """Return the standing after a look at the gateways' counts.

        A gateway that does not answer keeps its last count; a new one starts from its present count.
        """
        evidence = self.evidence
        for address, now in counted.items():
            before = self.counted.get(address)
            if before is not None:
                evidence = evidence.plus(now.since(before))
        return replace(self, evidence=evidence, counted={**self.counted, **counted})

    @property
    def judged(self) -> Evidence:
        """The evidence, with v1 as it was in the step before where it no longer answers anybody."""
        if self.share < 100:
            return self.evidence
        return replace(self.evidence, v1=self.evidence.v1.plus(self.reference))


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing changes yet; `reason` says what is missing."""

    findings: tuple[Finding, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Advance:
    """v2 gets the next share."""

    findings: tuple[Finding, ...]
    share: float


@dataclass(frozen=True, slots=True)
class RollBack:
    """v2 gets no clients any more."""

    findings: tuple[Finding, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Finish:
    """v2 has the last share and has passed its gates there, too."""

    findings: tuple[Finding, ...]


Decision = Wait | Advance | RollBack | Finish


def first_share(terms: DeliveryTerms, share: float) -> float:
    """Return the first share of a delivery when v2 has `share` percent already: no client is moved back."""
    return next((step for step in terms.steps if step >= share), share)


def decide(terms: DeliveryTerms, standing: DeliveryStanding, times: Sequence[float], now: float) -> Decision:
    """Return what comes next at the time `now`; `times` are the upper bounds of the latency buckets."""
    found = findings(terms, standing.judged, times)
    failed = [one.text for one in found if one.verdict is Verdict.FAILED]
    if standing.failed is not None or failed:
        return RollBack(found, standing.failed or "; ".join(failed))
    missing = [one.gate for one in found if one.verdict is Verdict.OPEN]
    if missing:
        return Wait(found, f"not enough evidence yet: {', '.join(missing)}")
    left = standing.since + terms.pause - now
    if left > 0:
        return Wait(found, f"every gate has passed; the pause lasts {left:.0f} s more")
    following = next((step for step in terms.steps if step > standing.share), None)
    return Finish(found) if following is None else Advance(found, following)


def advanced(standing: DeliveryStanding, share: float, counted: Mapping[str, Evidence], now: float) -> DeliveryStanding:
    """Return the standing at the beginning of the next step, with the gateways' counts at that time.

    Each step measures errors and latency afresh, because they depend on load. Differences do not depend on the share.
    """
    same = Evidence(compared=standing.evidence.compared, unexplained=standing.evidence.unexplained)
    return DeliveryStanding(share, now, same, standing.evidence.v1, counted, confirmed=False, before=standing.share)
