"""Active health checks: asks the hosts of every application as often as the plan says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

from strangler.model.resilience import HealthTerms
from strangler_gateway.resilience.application import Application
from strangler_gateway.resilience.host import Host
from strangler_gateway.transport.errors import UpstreamError
from strangler_gateway.transport.pool import ConnectionPools
from strangler_gateway.transport.request import Request

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
"""How often to look for checks that are due."""


class HealthChecks:
    """Checks the hosts of `applications`, each by its own terms; `clock` is in seconds."""

    def __init__(
        self, applications: Callable[[], Iterable[Application]], pools: ConnectionPools, clock: Callable[[], float]
    ) -> None:
        self._applications = applications
        self._pools = pools
        self._clock = clock
        self._asked: dict[Host, float] = {}
        self._asking: dict[Host, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Check until cancelled."""
        try:
            while True:
                self.look()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for task in self._asking.values():
                task.cancel()

    def look(self) -> None:
        """Begin the checks that are due; a host is not asked again before its last check has ended."""
        now = self._clock()
        due = {
            host: application.terms.health
            for application in self._applications()
            if application.terms.health is not None
            for host in application.balancer.hosts
        }
        self._asked = {host: at for host, at in self._asked.items() if host in due}
        self._asking = {host: task for host, task in self._asking.items() if not task.done()}
        for host, terms in due.items():
            if host not in self._asking and now - self._asked.get(host, -terms.interval) >= terms.interval:
                self._asked[host] = now
                self._asking[host] = asyncio.get_running_loop().create_task(self._check(host, terms))

    async def settled(self) -> None:
        """Wait for the checks in progress."""
        await asyncio.gather(*self._asking.values())

    async def _check(self, host: Host, terms: HealthTerms) -> None:
        good = await self._good(host, terms)
        if host.checked(terms, good=good):
            logger.warning("%s %s", host.origin, "is well again" if host.healthy else "fails its health checks")

    async def _good(self, host: Host, terms: HealthTerms) -> bool:
        """Whether the host answers in time with a status below 400."""
        origin = host.origin
        request = Request(b"GET", terms.path.encode(), [(b"host", origin.host_chosen or origin.authority)])
        with suppress(UpstreamError, TimeoutError):
            async with asyncio.timeout(terms.patience):
                exchange = await self._pools.of(origin).send(request)
                exchange.close()
                return exchange.status < 400
        return False
