"""What is counted and kept of the comparisons of a route."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_gateway.shadow.comparer import Difference, DifferencePlace, Kind
from strangler_gateway.shadow.ledger import MAX_PATTERNS, MAX_PLACES, MAX_SAMPLES, Ledger

AT = Difference(DifferencePlace("body /at", Kind.VALUE), "1", "2")
PRICE = Difference(DifferencePlace("body /price", Kind.VALUE), "1", "2")
STATUS = Difference(DifferencePlace("status", Kind.STATUS), "200", "500")

found = st.lists(st.sampled_from([AT, PRICE, STATUS]), unique=True).map(tuple)


@given(pairs=st.lists(found), repeated=st.lists(found))
def test_every_pair_is_counted_once(
    pairs: list[tuple[Difference, ...]], repeated: list[tuple[Difference, ...]]
) -> None:
    """Compared pairs are equal, explained or unexplained, whether noise is learnt before or after."""
    before, after = Ledger(), Ledger()
    for one in repeated:
        before.repeated(one)
    for one in pairs:
        before.compared(one)
        after.compared(one)
    for one in repeated:
        after.repeated(one)
    assert before.summary() == after.summary()
    summary = before.summary()
    assert summary.compared == len(pairs) == summary.equal + summary.explained + summary.unexplained
    assert 0 <= summary.unexplained_rate <= 1
    assert summary.unexplained >= sum(STATUS in one for one in pairs)


def test_noise_explains_only_what_is_at_its_place() -> None:
    """A pair with one more difference is unexplained, and says which."""
    ledger = Ledger()
    for _ in range(2):
        ledger.repeated((AT,))
    ledger.compared((AT,))
    ledger.compared((AT, PRICE))
    summary = ledger.summary()
    assert (summary.explained, summary.unexplained, summary.unexplained_rate) == (1, 1, 0.5)
    assert {place for pattern in summary.patterns for place in pattern.unexplained} == {PRICE.place}


@pytest.mark.parametrize("kind", [Kind.VALUE, Kind.LENGTH])
def test_a_body_that_is_noise_as_a_whole_tells_nothing(kind: Kind) -> None:
    """A page with a token, or a body that is cut: whatever v2 says there is explained, so it proves nothing."""
    ledger = Ledger()
    page = (Difference(DifferencePlace("body ", kind), "800 bytes", "900 bytes"),)
    for _ in range(2):
        ledger.repeated(page)
    for found in (page, page, (*page, STATUS), (*page, AT), ()):
        ledger.compared(found)
    summary = ledger.summary()
    assert (summary.explained, summary.unexplained, summary.body_noise, summary.told) == (2, 2, 2, 3)


def test_another_kind_at_a_noisy_place_is_no_noise() -> None:
    """That the time varies does not explain that v2 has none."""
    ledger = Ledger()
    for _ in range(5):
        ledger.repeated((AT,))
    ledger.compared((Difference(DifferencePlace("body /at", Kind.PRESENCE), "1", "none"),))
    assert ledger.summary().unexplained == 1


def test_a_rare_contradiction_of_v1_is_no_noise() -> None:
    """A write between the two answers of v1 does not hide a place for ever."""
    ledger = Ledger()
    ledger.repeated((PRICE,))
    assert not ledger.noisy(PRICE.place)
    ledger.repeated((PRICE,))
    assert ledger.noisy(PRICE.place)
    for _ in range(100):
        ledger.repeated(())
    assert not ledger.noisy(PRICE.place)


def test_memory_is_bounded() -> None:
    """Answers that differ everywhere else each time are counted all the same, as unexplained."""
    ledger = Ledger()
    for number in range(MAX_PLACES + 10):
        other = (Difference(DifferencePlace(f"body /{number}", Kind.VALUE), "1", "2"),)
        for _ in range(MAX_SAMPLES + 1):
            ledger.compared(other)
        ledger.repeated(other)
    summary = ledger.summary()
    assert summary.compared == summary.unexplained == (MAX_PLACES + 10) * (MAX_SAMPLES + 1)
    assert len(summary.patterns) == MAX_PATTERNS
    assert all(len(pattern.samples) == MAX_SAMPLES for pattern in summary.patterns)
