"""How a service is delivered step by step, and what it is measured by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """What ``strangler gateway deliver`` does.

    v2 gets the shares `steps` in percent, each for `pause` seconds at least and until there is enough evidence. Its
    share of errors may be `errors` percentage points above that of v1, the `quantile` of its latency `latency` times
    that of v1, and `differences` percent of the compared answers may be different without an explanation; None is
    `DIFFERENCES` where answers are compared, and no gate where they are not. The probability that a v2 within these
    bounds is ever rolled back by chance is at most 100 - `confidence` percent, over all looks, gates and steps
    together. One look is made every `interval` seconds.
    """

    steps: tuple[float, ...] = (1, 5, 25, 50, 100)
    pause: float = 60.0
    errors: float = 1.0
    latency: float = 1.5
    quantile: float = 0.95
    differences: float | None = None
    confidence: float = 95.0
    interval: float = 5.0


DELIVERY_TERMS = DeliveryTerms()
DIFFERENCES = 1.0
"""Percent of the compared answers, where answers are compared and the project says nothing else."""
