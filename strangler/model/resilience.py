"""What a gateway does about an application that fails: every figure that can be set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HealthTerms:
    """A GET of `path` every `interval` seconds; `healthy` good answers in a row count a host in, `unhealthy` bad out.

    Good is an answer below 400 within `patience` seconds.
    """

    path: str
    interval: float = 5.0
    patience: float = 2.0
    healthy: int = 2
    unhealthy: int = 3


@dataclass(frozen=True, slots=True)
class ResilienceTerms:
    """How failures of one application are met; times are in seconds.

    `breaker_failures` failures in a row open the breaker for `breaker_seconds`, 0 never does. A request is tried at
    `retries` further hosts, all such tries together at most `retry_ratio` for each request. A host that fails
    `eject_failures` times in a row is left out for `eject_seconds`, 0 never; at most `eject_share` percent of the hosts
    are out at once. One try may take `try_seconds` and all together `total_seconds` until the head of the response is
    there. With `fallback`, what is safe goes to v1 where v2 fails.
    """

    breaker_failures: int = 5
    breaker_seconds: float = 1.0
    retries: int = 1
    retry_ratio: float = 0.2
    eject_failures: int = 3
    eject_seconds: float = 10.0
    eject_share: float = 50.0
    try_seconds: float = 60.0
    total_seconds: float = 120.0
    fallback: bool = True
    health: HealthTerms | None = None


SERVICE_TERMS = ResilienceTerms()
MONOLITH_TERMS = ResilienceTerms(breaker_failures=0)
"""Where nobody else can answer, one bad route must not close the way to all others: no breaker unless asked for."""
