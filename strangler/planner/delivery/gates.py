"""The gates v2 must pass before it gets a larger share, judged by bounds that hold at all looks together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from strangler.model.delivery import DeliveryTerms
from strangler.planner.delivery.evidence import Evidence, SideEvidence
from strangler.planner.delivery.sequential import Interval, confidence

_GATES = 3


class Verdict(StrEnum):
    """What the evidence says about one gate."""

    PASSED = "passed"
    """v2 is within the bound."""
    FAILED = "failed"
    """v2 is beyond it."""
    OPEN = "open"
    """There is not enough evidence for either."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict of one gate, with the numbers behind it."""

    gate: str
    verdict: Verdict
    text: str
    numbers: Mapping[str, float]


def findings(terms: DeliveryTerms, evidence: Evidence, times: Sequence[float]) -> tuple[Finding, ...]:
    """Return the finding of every gate; `times` are the upper bounds of the latency buckets, in seconds.

    The allowed probability of error is divided among the steps and the gates (Bonferroni), and within a gate among the
    bounds that must hold together. Differences are a gate only where `terms` limit them.
    """
    alpha = (1 - terms.confidence / 100) / (len(terms.steps) * _GATES)
    found = [errors(terms, evidence, alpha), latency(terms, evidence, times, alpha)]
    if terms.differences is not None:
        found.append(differences(evidence, terms.differences, alpha))
    return tuple(found)


def errors(terms: DeliveryTerms, evidence: Evidence, alpha: float) -> Finding:
    """Judge the share of requests that v2 did not answer, or answered with a status of 500 or more."""
    v1 = confidence(evidence.v1.errors, evidence.v1.requests, alpha / 2)
    v2 = confidence(evidence.v2.errors, evidence.v2.requests, alpha / 2)
    margin = terms.errors / 100
    verdict = _verdict(failed=v2.low > v1.high + margin, passed=v2.high <= v1.low + margin)
    text = (
        f"errors: v2 {_of(evidence.v2.errors, evidence.v2.requests, v2)},"
        f" v1 {_of(evidence.v1.errors, evidence.v1.requests, v1)}; {terms.errors:g} points more are allowed"
    )
    return Finding("errors", verdict, text, _numbers("errors", evidence.v1, evidence.v2, v1, v2))


def latency(terms: DeliveryTerms, evidence: Evidence, times: Sequence[float], alpha: float) -> Finding:
    """Judge a quantile of the time from arrival to the end of the answer, at the resolution of the buckets.

    v1's quantile is at most the first bound that is certain, and v2's may be up to the first bound that is at least
    `latency` times as high. Which bounds these are depends on the evidence, so all of them must hold at once.
    """
    part = alpha / (2 * max(len(times), 1))
    slowest = 1 - terms.quantile
    name = f"latency: the {terms.quantile * 100:g} % quantile"
    n1, n2 = sum(evidence.v1.buckets), sum(evidence.v2.buckets)
    if not times:
        return Finding("latency", Verdict.OPEN, f"{name} is not known: nothing was counted yet", {"v1": n1, "v2": n2})
    allowed: float | None = None
    for place, time in enumerate(times):
        if confidence(sum(evidence.v1.buckets[place + 1 :]), n1, part).high <= slowest:
            allowed = time * terms.latency
            break
    if allowed is None:
        if confidence(sum(evidence.v1.buckets[len(times) :]), n1, part).low > slowest:
            return Finding("latency", Verdict.PASSED, f"{name} of v1 is beyond {times[-1]:g} s", {"v1": n1, "v2": n2})
        return Finding("latency", Verdict.OPEN, f"{name} of v1 is not known by {n1} requests", {"v1": n1, "v2": n2})
    place = next((place for place, time in enumerate(times) if time >= allowed), None)
    if place is None:
        return Finding("latency", Verdict.PASSED, f"{name} of v2 may be beyond {times[-1]:g} s", {"v1": n1, "v2": n2})
    slow = sum(evidence.v2.buckets[place + 1 :])
    v2 = confidence(slow, n2, part)
    text = f"{name} of v2 may be {times[place]:g} s: slower {_of(slow, n2, v2)}; {slowest * 100:g} % are allowed"
    numbers = {"v1": n1, "v2": n2, "allowed_seconds": times[place], "slower": slow, "low": v2.low, "high": v2.high}
    return Finding("latency", _verdict(failed=v2.low > slowest, passed=v2.high <= slowest), text, numbers)


def differences(evidence: Evidence, bound: float, alpha: float) -> Finding:
    """Judge the share of the compared answers that differ without an explanation; `bound` is in percent."""
    found = confidence(evidence.unexplained, evidence.compared, alpha)
    text = f"differences: {_of(evidence.unexplained, evidence.compared, found)}; {bound:g} % are allowed"
    if not evidence.compared:
        text = "differences: no answers tell anything yet; strangler gateway diffs says what became of them"
    numbers = {
        "compared": evidence.compared,
        "unexplained": evidence.unexplained,
        "low": found.low,
        "high": found.high,
    }
    verdict = _verdict(failed=found.low > bound / 100, passed=found.high <= bound / 100)
    return Finding("differences", verdict, text, numbers)


def _verdict(*, failed: bool, passed: bool) -> Verdict:
    return Verdict.FAILED if failed else Verdict.PASSED if passed else Verdict.OPEN


def _of(events: int, trials: int, found: Interval) -> str:
    return f"{events} of {trials} ({found.low * 100:.2f} to {found.high * 100:.2f} %)"


def _numbers(name: str, one: SideEvidence, other: SideEvidence, v1: Interval, v2: Interval) -> Mapping[str, float]:
    return {
        "v1": one.requests,
        f"v1_{name}": one.errors,
        "v1_low": v1.low,
        "v1_high": v1.high,
        "v2": other.requests,
        f"v2_{name}": other.errors,
        "v2_low": v2.low,
        "v2_high": v2.high,
    }
