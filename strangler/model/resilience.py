"""The settings for applications that fail: breaker, retries, ejection, timeouts, fallback and health checks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HealthTerms:
    """A health check: a GET of `path` every `interval` seconds.

    A response with a status below 400 within `patience` seconds is good. `healthy` good ones in a row put a host in,
    `unhealthy` bad ones take it out.
    """

    path: str
    interval: float = 5.0
    patience: float = 2.0
    healthy: int = 2
    unhealthy: int = 3


@dataclass(frozen=True, slots=True)
class ResilienceTerms:
    """How the gateway handles failures of one application; times are in seconds.

    `breaker_failures` failures in a row open the breaker for `breaker_seconds` (0: never). A request is retried at up
    to `retries` further hosts; over all requests there are at most `retry_ratio` retries per request. A host that fails
    `eject_failures` times in a row (0: never) is ejected for `eject_seconds`; at most `eject_share` percent of the
    hosts are ejected at once. Until the head of the response has arrived, one try may take `try_seconds`, and all tries
    together `total_seconds`. With `fallback`, v1 answers safe requests that fail at v2, or whose response has not begun
    there within `fallback_seconds`.
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
    fallback_seconds: float = 10.0
    health: HealthTerms | None = None


SERVICE_TERMS = ResilienceTerms()
MONOLITH_TERMS = ResilienceTerms(breaker_failures=0)
"""No breaker by default: nothing else can answer for the monolith, and one bad route must not block all others."""
