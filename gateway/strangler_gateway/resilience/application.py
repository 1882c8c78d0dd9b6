"""One application behind the gateway: its hosts, its circuit breaker and its retry budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from strangler.model.resilience import ResilienceTerms
from strangler_gateway.resilience.balancer import Balancer
from strangler_gateway.resilience.breaker import Breaker
from strangler_gateway.resilience.host import Host
from strangler_gateway.resilience.retry_budget import RetryBudget
from strangler_gateway.transport.origin import Origin

FAILING_STATUSES: Final = frozenset((502, 503, 504))
"""Statuses that mean the application failed, whatever the request was."""


class Attempt:
    """One try of a request at a host; its application must be told how it went, and when it is over."""

    __slots__ = ("admitted", "application", "ended", "host", "settled")

    def __init__(self, application: Application, host: Host, admitted: int) -> None:
        self.application = application
        self.host = host
        self.admitted = admitted
        self.settled = False
        self.ended = False


class Application:
    """Chooses a host for each try of a request, and learns from the outcomes."""

    def __init__(self, origins: Sequence[Origin], terms: ResilienceTerms, clock: Callable[[], float]) -> None:
        self.origins = tuple(origins)
        self.terms = terms
        self.try_seconds = float(terms.try_seconds)
        self.first_seconds = (
            min(self.try_seconds, float(terms.fallback_seconds)) if terms.fallback else self.try_seconds
        )
        """When to look for the first time whether v1 should answer in its place."""
        self.breaker = Breaker(terms.breaker_failures, terms.breaker_seconds, clock)
        self.balancer = Balancer(self.origins, terms, clock)
        self.budget = RetryBudget(terms.retry_ratio)

    @property
    def well(self) -> bool:
        """Whether the application is worth asking when v1 could answer instead."""
        return self.balancer.well

    def choose(self) -> Attempt | None:
        """Return the first try of a request; None when the breaker refuses it."""
        admitted = self.breaker.admit()
        if not admitted:
            return None
        host = self.balancer.choose()
        if host is None:
            self.breaker.abandoned(admitted)
            return None
        self.budget.earn()
        return Attempt(self, host, admitted)

    def again(self, tried: Collection[Host]) -> Attempt | None:
        """Return the next try of a request that failed at hosts `tried`; None when it may not be tried again."""
        if len(tried) > self.terms.retries or len(tried) >= len(self.balancer.hosts) or not self.budget.spend():
            return None
        admitted = self.breaker.admit()
        if not admitted:
            return None
        host = self.balancer.choose(tried)
        if host is None:
            self.breaker.abandoned(admitted)
            return None
        return Attempt(self, host, admitted)

    def answered(self, attempt: Attempt, status: int) -> None:
        """Record a response; one of the `FAILING_STATUSES` counts as a failure."""
        if status >= 500 and status in FAILING_STATUSES:
            self.failed(attempt)
        elif not attempt.settled:
            attempt.settled = True
            self.breaker.succeeded(attempt.admitted)
            self.balancer.succeeded(attempt.host)

    def failed(self, attempt: Attempt) -> None:
        """Record that there was no response."""
        if not attempt.settled:
            attempt.settled = True
            self.breaker.failed(attempt.admitted)
            self.balancer.failed(attempt.host)

    def over(self, attempt: Attempt) -> None:
        """Take the try out of the count, once its response is complete or never will be; idempotent."""
        if attempt.ended:
            return
        attempt.ended = True
        if not attempt.settled:
            attempt.settled = True
            self.breaker.abandoned(attempt.admitted)
        self.balancer.leave(attempt.host)
