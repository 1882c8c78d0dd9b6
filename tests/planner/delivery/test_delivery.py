"""What comes next in a delivery, whatever the two sides show."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.delivery import DELIVERY_TERMS, DeliveryTerms
from strangler.planner.delivery.delivery import (
    Advance,
    Decision,
    DeliveryStanding,
    Finish,
    RollBack,
    Wait,
    advanced,
    decide,
    first_share,
)
from strangler.planner.delivery.evidence import Evidence, SideEvidence
from strangler.planner.delivery.gates import Verdict, findings
from strangler_gateway.metrics.meter import BOUNDS

TIMES = (0.01, 0.025, 0.05, 0.1, 0.25)
TERMS = DeliveryTerms(steps=(5, 50, 100), pause=60, errors=2, differences=2)


@dataclass
class Shown:
    """What a side does: its share of errors, and the weight of each bucket of time."""

    errors: float = 0.0
    weights: tuple[float, ...] = (50, 40, 8, 2, 0, 0)

    def answers(self, number: int, draw: random.Random) -> SideEvidence:
        """Return what `number` requests get."""
        places = draw.choices(range(len(self.weights)), self.weights, k=number)
        return SideEvidence(
            number,
            sum(draw.random() < self.errors for _ in range(number)),
            tuple(places.count(place) for place in range(len(self.weights))),
        )


def delivered(
    v1: Shown, v2: Shown, *, seed: int = 1, each: int = 60, looks: int = 400, different: float = 0
) -> tuple[list[float], Decision, int]:
    """Deliver with `each` requests between two looks; return the shares, the last decision and v2's requests."""
    draw = random.Random(seed)
    counted, now = Evidence(), 0.0
    standing = DeliveryStanding(first_share(TERMS, 0), now, counted={"a": counted})
    shares, asked = [standing.share], 0
    decision: Decision = Wait((), "")
    for _ in range(looks):
        now += 30
        to_v2 = round(each * standing.share / 100)
        asked += to_v2
        counted = counted.plus(
            Evidence(
                v1.answers(each - to_v2, draw),
                v2.answers(to_v2, draw),
                to_v2,
                sum(draw.random() < different for _ in range(to_v2)),
            )
        )
        standing = standing.seen({"a": counted})
        # As after a kill: what is kept is everything there is.
        standing = msgspec.json.decode(msgspec.json.encode(standing), type=DeliveryStanding)
        decision = decide(TERMS, standing, TIMES, now)
        if isinstance(decision, Advance):
            standing = advanced(standing, decision.share, {"a": counted}, now)
            shares.append(standing.share)
        elif not isinstance(decision, Wait):
            break
    return shares, decision, asked


def test_a_good_v2_gets_every_step_in_turn() -> None:
    """And no step before the pause is over."""
    shares, decision, _ = delivered(Shown(), Shown(), each=600)
    assert shares == [5, 50, 100]
    assert isinstance(decision, Finish)


def test_nothing_is_decided_by_little_traffic() -> None:
    """It says what is missing, and waits."""
    shares, decision, asked = delivered(Shown(), Shown(), each=20, looks=20)
    assert (shares, asked) == ([5], 20)
    assert isinstance(decision, Wait)
    assert decision.reason == "not enough evidence yet: errors, latency, differences"


@pytest.mark.parametrize(
    ("v1", "v2", "different", "gate"),
    [
        (Shown(), Shown(errors=0.3), 0.0, "errors"),
        (Shown(errors=0.05), Shown(errors=0.35), 0.0, "errors"),
        (Shown(), Shown(weights=(0, 0, 0, 50, 50, 0)), 0.0, "latency"),
        (Shown(), Shown(), 0.3, "differences"),
    ],
)
def test_a_bad_v2_is_taken_back_after_few_requests(v1: Shown, v2: Shown, different: float, gate: str) -> None:
    """In the first step, by the gate it fails."""
    for seed in range(10):
        shares, decision, asked = delivered(v1, v2, seed=seed, different=different)
        assert shares == [5]
        assert isinstance(decision, RollBack)
        assert [found.gate for found in decision.findings if found.verdict is Verdict.FAILED] == [gate]
        assert asked < 200


def test_errors_of_both_sides_are_no_reason() -> None:
    """The database both need may be in trouble; v2 is compared with v1 at the same time."""
    shares, decision, _ = delivered(Shown(errors=0.2), Shown(errors=0.2), each=8_000, looks=20)
    assert not isinstance(decision, RollBack)
    assert shares[0] == 5


def test_a_v2_as_good_as_v1_is_hardly_ever_taken_back() -> None:
    """However often one looks: in 40 deliveries with errors on both sides 2 at most."""
    taken_back = sum(
        isinstance(delivered(Shown(errors=0.05), Shown(errors=0.05), seed=seed, each=40, looks=40)[1], RollBack)
        for seed in range(40)
    )
    assert taken_back <= 2


def test_a_v2_that_fails_under_the_whole_load_is_taken_back_there() -> None:
    """v1 answers nobody by then: what it showed in the step before is what v2 is compared with."""
    reference = SideEvidence(2000, 10, (1000, 800, 160, 40, 0, 0))
    standing = DeliveryStanding(100, 0, Evidence(v2=SideEvidence(300, 60, (300,))), reference)
    assert isinstance(decide(TERMS, standing, TIMES, 1000), RollBack)


def test_a_gateway_that_began_anew_is_counted_from_nothing() -> None:
    """And one that is not heard keeps what it had; one that is new begins with what it has."""
    one = Evidence(SideEvidence(10, 1, (9, 1)), SideEvidence(5, 0, (5,)), 5, 1)
    standing = DeliveryStanding(5, 0, counted={"a": Evidence(), "b": Evidence()})
    standing = standing.seen({"a": one, "b": one})
    assert standing.evidence == one.plus(one)
    standing = standing.seen({"a": Evidence(SideEvidence(2, 0, (2,)))})
    assert standing.evidence.v1.requests == 22
    standing = standing.seen({"b": one.plus(one), "c": one})
    assert standing.evidence.v1.requests == 32


def test_a_delivery_that_was_to_be_taken_back_still_is() -> None:
    """Whatever the evidence says meanwhile: not every gateway may have confirmed it."""
    standing = DeliveryStanding(5, 0, failed="errors: too many")
    decision = decide(TERMS, standing, TIMES, 0)
    assert isinstance(decision, RollBack)
    assert decision.reason == "errors: too many"


def test_a_delivery_takes_nobody_back_where_v2_has_some_already() -> None:
    """It begins with the step that is next."""
    assert [first_share(TERMS, share) for share in (0, 5, 7, 100)] == [5, 5, 50, 100]
    assert first_share(replace(TERMS, steps=(5, 10)), 50) == 50


SIDES = st.builds(
    SideEvidence,
    st.integers(0, 3000),
    st.integers(0, 300),
    st.lists(st.integers(0, 1000), min_size=6, max_size=6).map(tuple),
)
EVIDENCE = st.builds(Evidence, SIDES, SIDES, st.integers(0, 1000), st.integers(0, 100))


@given(EVIDENCE, st.sampled_from((5.0, 50.0, 100.0)), st.floats(0, 1000))
def test_a_step_needs_every_gate_and_the_pause(evidence: Evidence, share: float, now: float) -> None:
    """One that fails is enough to go back, shares never fall otherwise, and the next step is the next one."""
    decision = decide(TERMS, DeliveryStanding(share, 0, evidence), TIMES, now)
    verdicts = {found.verdict for found in decision.findings}
    match decision:
        case RollBack():
            assert Verdict.FAILED in verdicts
        case Wait():
            assert Verdict.FAILED not in verdicts
            assert Verdict.OPEN in verdicts or now < TERMS.pause
        case Advance() | Finish():
            assert verdicts == {Verdict.PASSED}
            assert now >= TERMS.pause
            assert isinstance(decision, Finish) == (share == 100)
            if isinstance(decision, Advance):
                assert (share, decision.share) in pairwise(TERMS.steps)


@pytest.mark.parametrize(("errors", "requests"), [(1, 1040), (2, 500), (5, 190)])
def test_what_it_takes_is_what_the_page_says(errors: float, requests: int) -> None:
    """Without an error on either side, by the defaults and the buckets of the gateway."""

    def verdict(number: int) -> Verdict:
        evidence = Evidence(SideEvidence(number * 20, 0), SideEvidence(number, 0))
        return findings(replace(DELIVERY_TERMS, errors=errors), evidence, BOUNDS)[0].verdict

    assert (verdict(requests * 9 // 10), verdict(requests)) == (Verdict.OPEN, Verdict.PASSED)
