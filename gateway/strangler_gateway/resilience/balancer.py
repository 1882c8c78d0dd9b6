"""Chooses the host of an application that gets the next request: least requests, over the hosts that are in.

A full scan, because an application has few hosts. A host that fails several times in a row is ejected for a while
(passive health checking, as in Envoy's outlier detection: consecutive failures, and each ejection lasts longer). A
host that fails its health checks is out until they succeed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from strangler.model.resilience import ResilienceTerms
from strangler_gateway.resilience.host import Host
from strangler_gateway.transport.origin import Origin

MOST_GROWTH: Final = 10
"""The longest ejection, in multiples of the first one."""


class Balancer:
    """The hosts of one application; `clock` is in seconds and never goes back."""

    __slots__ = ("_clock", "_most_out", "_terms", "_turn", "ejected", "hosts")

    def __init__(self, origins: Sequence[Origin], terms: ResilienceTerms, clock: Callable[[], float]) -> None:
        self.hosts = tuple(Host(origin) for origin in origins)
        self._terms = terms
        self._clock = clock
        self._turn = 0
        self.ejected = 0
        self._most_out = int(len(self.hosts) * terms.eject_share / 100)

    @property
    def well(self) -> bool:
        """Whether any host passes its health checks; ejections always leave one."""
        # Asked for every request to v2, and nearly always answered by the first host.
        return self.hosts[0].healthy or any(host.healthy for host in self.hosts)

    def choose(self, tried: Collection[Host] = ()) -> Host | None:
        """Return a host for a request, other than those `tried`, and count the request; None when none is left.

        When no host is in, all of them are considered: a check that is wrong about every host must not stop everything.
        """
        hosts = self.hosts
        if len(hosts) == 1:
            host = hosts[0]
            if tried:
                return None
            host.requests += 1
            return host
        # Start at another host each time, so that equally loaded hosts take turns.
        self._turn += 1
        now = self._clock()
        chosen = self._least(now, tried, all_of_them=False) or self._least(now, tried, all_of_them=True)
        if chosen is not None:
            chosen.requests += 1
        return chosen

    def _least(self, now: float, tried: Collection[Host], *, all_of_them: bool) -> Host | None:
        hosts = self.hosts
        count = len(hosts)
        chosen: Host | None = None
        for offset in range(count):
            host = hosts[(self._turn + offset) % count]
            if host in tried or not (all_of_them or (host.healthy and host.out_until <= now)):
                continue
            if chosen is None or host.requests < chosen.requests:
                chosen = host
        return chosen

    def leave(self, host: Host) -> None:
        """Take a request out of the count, once its response is complete."""
        host.requests -= 1

    def succeeded(self, host: Host) -> None:
        """Record that a host answered."""
        host.failures = 0
        if host.ejections and host.out_until <= self._clock():
            host.ejections -= 1

    def failed(self, host: Host) -> None:
        """Record that a host failed; eject it after too many failures in a row, unless too many hosts are out."""
        terms = self._terms
        host.failures += 1
        if not 0 < terms.eject_failures <= host.failures:
            return
        now = self._clock()
        if host.out_until > now or self.out(now) >= self._most_out:
            return
        host.failures = 0
        host.ejections += 1
        self.ejected += 1
        host.out_until = now + terms.eject_seconds * min(host.ejections, MOST_GROWTH)

    def out(self, now: float) -> int:
        """Return how many hosts are ejected."""
        return sum(host.out_until > now for host in self.hosts)
