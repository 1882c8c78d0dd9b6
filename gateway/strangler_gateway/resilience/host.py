"""One host of an application, and its health."""

from __future__ import annotations

from strangler.model.resilience import HealthTerms
from strangler_gateway.transport.origin import Origin


class Host:
    """One host: `requests` in flight to it, `failures` in a row, `out_until` the time its ejection ends.

    `ejections` counts the ejections that still lengthen the next one; `healthy` is the result of its health checks.
    """

    __slots__ = ("_bad", "_good", "ejections", "failures", "healthy", "origin", "out_until", "requests")

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.requests = 0
        self.failures = 0
        self.ejections = 0
        self.out_until = 0.0
        self.healthy = True
        self._good = 0
        self._bad = 0

    def checked(self, terms: HealthTerms, *, good: bool) -> bool:
        """Record the result of a health check, and return whether it changed `healthy`."""
        self._good, self._bad = (self._good + 1, 0) if good else (0, self._bad + 1)
        before = self.healthy
        if self.healthy:
            self.healthy = self._bad < terms.unhealthy
        else:
            self.healthy = self._good >= terms.healthy
        return self.healthy is not before
