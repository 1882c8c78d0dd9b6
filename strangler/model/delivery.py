"""The terms of progressive delivery: the steps of a service's share, and the gates between them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeliveryTerms:
    """The terms of ``strangler gateway deliver``.

    v2 gets the shares `steps` (percent) one after the other, each for at least `pause` seconds and until there is
    enough evidence. Its error rate may be up to `errors` percentage points above that of v1, the `quantile` (0 to 1) of
    its latency up to `latency` times that of v1, and up to `differences` percent of the compared responses may differ
    unexplained; None means `DIFFERENCES` where responses are compared, and no gate where they are not. The probability
    that a v2 within these bounds is ever rolled back by chance is at most 100 - `confidence` percent, over all looks,
    gates and steps together. The gates are checked every `interval` seconds.
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
"""The default of `DeliveryTerms.differences` where responses are compared: percent of the compared responses."""
