"""Pools: the hosts of the plan, grouped by application side and arm."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.authority import Side
from strangler.model.resilience import ResilienceTerms
from strangler_gateway.routing.arms import PlannedArm
from strangler_gateway.routing.drained_host import MONOLITH
from strangler_gateway.routing.plan import Plan
from strangler_gateway.transport.origin import Origin


@dataclass(frozen=True, slots=True)
class Pool:
    """The hosts of one side of a service, or those of one arm; `width` is the most concurrent requests to them.

    The monolith is v1 of every service. `application` is ``monolith`` or the name of the service.
    """

    name: str
    application: str
    side: Side
    origins: tuple[Origin, ...]
    width: int | None
    terms: ResilienceTerms


class Pools:
    """The pools of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.monolith = Pool(MONOLITH, MONOLITH, Side.V1, plan.monolith, plan.monolith_width, plan.monolith_resilience)

    def side(self, service: str, side: Side) -> Pool:
        """Return the pool of a side of a service."""
        if side is Side.V1:
            return self.monolith
        planned = self._plan.services[service]
        return Pool(_name(service), service, side, planned.v2, planned.width, planned.resilience)

    def arm(self, service: str, arm: PlannedArm) -> Pool:
        """Return the pool of an arm, which is that of its side unless the arm has hosts of its own."""
        whole = self.side(service, arm.side)
        if not arm.origins:
            return whole
        return Pool(f"{_name(service)}-{arm.name}", service, arm.side, arm.origins, whole.width, whole.terms)

    def all(self) -> Iterator[Pool]:
        """Return every pool that has hosts."""
        yield self.monolith
        yield from (self.side(name, Side.V2) for name, service in self._plan.services.items() if service.v2)
        yield from (self.arm(route.service, arm) for route in self._plan.routes for arm in route.arms if arm.origins)


def _name(service: str) -> str:
    # The suffix keeps a service named like the monolith apart from it.
    return f"{service}-v2"


def is_address(host: str) -> bool:
    """Whether a host is an IP address, not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
