"""What comes next in a delivery: pure, so that the same evidence always leads to the same step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from strangler.model.delivery import DeliveryTerms
from strangler.planner.delivery.evidence import Evidence, SideEvidence
from strangler.planner.delivery.gates import Finding, Verdict, findings


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a delivery is: v2 has `share` percent since a time in unix seconds, with this evidence of it.

    `counted` is what each gateway had counted at the last look, by its address. `reference` is what v1 showed in the
    step before: once v2 has everybody, v1 shows nothing any more. `failed` says that v2 has to be taken back, and why.
    `confirmed` says that every gateway has confirmed the share; until then some may still have that of `before`.
    """

    share: float
    since: float
    evidence: Evidence = field(default_factory=Evidence)
    reference: SideEvidence = field(default_factory=SideEvidence)
    counted: Mapping[str, Evidence] = field(default_factory=dict[str, Evidence])
    failed: str | None = None
    confirmed: bool = True
    before: float | None = None

    def seen(self, counted: Mapping[str, Evidence]) -> Standing:
        """Return the same after a look at what the gateways have counted.

        One that is not heard is not forgotten; one that was never heard begins now.
        """
        evidence = self.evidence
        for address, now in counted.items():
            before = self.counted.get(address)
            if before is not None:
                evidence = evidence.plus(now.since(before))
        return replace(self, evidence=evidence, counted={**self.counted, **counted})

    @property
    def judged(self) -> Evidence:
        """The evidence, with v1 as it was in the step before where it answers nobody any more."""
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
    """v2 gets nobody any more."""

    findings: tuple[Finding, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Finish:
    """v2 has the last share and has passed there, too."""

    findings: tuple[Finding, ...]


Decision = Wait | Advance | RollBack | Finish


def first_share(terms: DeliveryTerms, share: float) -> float:
    """Return where a delivery begins whose clients read from v2 by `share` percent already: it takes nobody back."""
    return next((step for step in terms.steps if step >= share), share)


def decide(terms: DeliveryTerms, standing: Standing, times: Sequence[float], now: float) -> Decision:
    """Return what comes next at the time `now`; `times` are the bounds of the buckets of time."""
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


def advanced(standing: Standing, share: float, counted: Mapping[str, Evidence], now: float) -> Standing:
    """Return the standing at the beginning of the next step, when the gateways have counted this.

    How both sides bear their load is looked at anew in each step. In what they differ does not depend on the share.
    """
    same = Evidence(compared=standing.evidence.compared, unexplained=standing.evidence.unexplained)
    return Standing(share, now, same, standing.evidence.v1, counted, confirmed=False, before=standing.share)
