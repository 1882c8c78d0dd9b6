"""The orders administrators may give, however they are carried out: by one process, or a supervisor and workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from strangler.model.authority import Side
from strangler_gateway.admin.collection import Collection
from strangler_gateway.admin.control import Control
from strangler_gateway.admin.messages import DrainedHosts, DrainRequest, GatewayStatus, ServiceStatus, ShiftRequest
from strangler_gateway.admin.self_check import SelfCheck
from strangler_gateway.admin.self_checks import self_checks
from strangler_gateway.hold import HoldTerms
from strangler_gateway.in_flight import InFlight
from strangler_gateway.metrics.measures import Measures
from strangler_gateway.moment import Moment
from strangler_gateway.shadow.report import Diffs
from strangler_gateway.shadow.shadowing import Shadowing


class Orders(Protocol):
    """Each method returns once its order is in force, and raises a StranglerError otherwise; see `Control`."""

    async def status(self) -> GatewayStatus:
        """Return everything the gateway knows."""
        ...

    async def measures(self) -> Measures:
        """Return all measures."""
        ...

    async def checks(self) -> Sequence[SelfCheck]:
        """Check whether everything the gateway needs is there."""
        ...

    async def in_flight(self, service: str) -> InFlight:
        """Count the requests of a service in flight."""
        ...

    async def diffs(self) -> Diffs:
        """Return how the responses of the two sides differ."""
        ...

    async def hold(self, service: str, terms: HoldTerms) -> ServiceStatus:
        """Hold the writes of a service from now on."""
        ...

    async def release(self, service: str, epoch: int) -> ServiceStatus:
        """End the hold, so that its requests go to the authority of `epoch`."""
        ...

    async def authority(self, service: str, side: Side, epoch: int) -> ServiceStatus:
        """Record which side has the authority over a service, and send its writes there."""
        ...

    async def shift(self, order: ShiftRequest) -> ServiceStatus:
        """Change which clients read from v2, on all or some of a service's routes that take reads."""
        ...

    async def rollback(self, service: str) -> ServiceStatus:
        """Send every read to v1, whatever the share of its route."""
        ...

    async def shadow(self, service: str, share: float, paths: Sequence[str]) -> ServiceStatus:
        """Set the percentage of requests copied to the other side, and start the counts anew unless it is 0."""
        ...

    async def drain(self, order: DrainRequest) -> DrainedHosts:
        """Drain a host or put it back."""
        ...

    async def watermark(self, service: str, moment: Moment | None) -> ServiceStatus:
        """Record how far the follower has come."""
        ...


@dataclass(frozen=True, slots=True)
class OwnOrders:
    """The orders of a gateway that is one process."""

    control: Control
    collection: Collection
    shadowing: Shadowing

    async def measures(self) -> Measures:
        """Return all measures."""
        return self.collection.measures()

    async def checks(self) -> Sequence[SelfCheck]:
        """Check whether everything the gateway needs is there."""
        return await self_checks(self.control)

    async def status(self) -> GatewayStatus:
        """Return everything the gateway knows."""
        return replace(self.control.status(), applications=self.collection.applications())

    async def in_flight(self, service: str) -> InFlight:
        """Count the requests of a service in flight."""
        return self.control.in_flight(service)

    async def diffs(self) -> Diffs:
        """Return how the responses of the two sides differ."""
        return self.shadowing.diffs()

    async def hold(self, service: str, terms: HoldTerms) -> ServiceStatus:
        """Hold the writes of a service from now on."""
        return self.control.hold(service, terms)

    async def release(self, service: str, epoch: int) -> ServiceStatus:
        """End the hold, so that its requests go to the authority of `epoch`."""
        return self.control.release(service, epoch)

    async def authority(self, service: str, side: Side, epoch: int) -> ServiceStatus:
        """Record which side has the authority over a service, and send its writes there."""
        return await self.control.authority(service, side, epoch)

    async def shift(self, order: ShiftRequest) -> ServiceStatus:
        """Change which clients read from v2."""
        return await self.control.take_shift(order)

    async def rollback(self, service: str) -> ServiceStatus:
        """Send every read to v1."""
        return await self.control.rollback(service)

    async def shadow(self, service: str, share: float, paths: Sequence[str]) -> ServiceStatus:
        """Set the percentage of requests copied to the other side, and start the counts anew unless it is 0."""
        chosen = await self.control.shadow(service, share, paths)
        if share:
            self.shadowing.begin_anew(chosen)
        return self.control.service_status(service)

    async def drain(self, order: DrainRequest) -> DrainedHosts:
        """Drain a host or put it back."""
        return await self.control.drain(order.host, drained=order.drained)

    async def watermark(self, service: str, moment: Moment | None) -> ServiceStatus:
        """Record how far the follower has come."""
        return await self.control.watermark(service, moment)
