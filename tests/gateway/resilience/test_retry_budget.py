"""The budget of retries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler_gateway.resilience.retry_budget import RetryBudget


@given(
    ratio=st.floats(0, 1),
    reserve=st.integers(0, 20),
    events=st.lists(st.booleans(), max_size=300),
)
def test_caps_amplification(ratio: float, reserve: int, events: list[bool]) -> None:
    """However requests and retries follow each other, retries stay below reserve + ratio x requests."""
    budget = RetryBudget(ratio, reserve)
    requests = retries = 0
    for retry in events:
        if not retry:
            requests += 1
            budget.earn()
        elif budget.spend():
            retries += 1
    assert retries <= reserve + ratio * requests + 1e-6


def test_earns_what_was_spent() -> None:
    """Five requests at a fifth each pay for one retry."""
    budget = RetryBudget(0.2, 1)
    assert budget.spend()
    assert not budget.spend()
    for _ in range(5):
        budget.earn()
    assert budget.spend()
