"""What administrators may order, whoever carries it out: one process, or a supervisor and its workers."""

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
from strangler_gateway.shadow.report import Diffs
from strangler_gateway.shadow.shadowing import Shadowing


class Orders(Protocol):
    """Each method returns when its order holds, and raises a StranglerError otherwise; see `Control`."""

    async def status(self) -> GatewayStatus:
        """Tell everything."""
        ...

    async def measures(self) -> Measures:
        """Tell everything that is counted."""
        ...

    async def checks(self) -> Sequence[SelfCheck]:
        """Look whether everything is there that is needed."""
        ...

    async def in_flight(self, service: str) -> InFlight:
        """Count the requests of a service that are on their way."""
        ...

    async def diffs(self) -> Diffs:
        """Tell in what the answers of the two sides differ."""
        ...

    async def hold(self, service: str, terms: HoldTerms) -> ServiceStatus:
        """Let the writes of a service wait from now on."""
        ...

    async def release(self, service: str, epoch: int) -> ServiceStatus:
        """Let what waits go to the authority of `epoch`."""
        ...

    async def authority(self, service: str, side: Side, epoch: int) -> ServiceStatus:
        """Take note of the authority over a service."""
        ...

    async def shift(self, order: ShiftRequest) -> ServiceStatus:
        """Change who reads from v2, on the reading routes of a service or some of them."""
        ...

    async def rollback(self, service: str) -> ServiceStatus:
        """Let every client read from v1, whatever share its route has."""
        ...

    async def shadow(self, service: str, share: float, paths: Sequence[str]) -> ServiceStatus:
        """Set which share of the requests is copied to the other side, and count anew unless it is none."""
        ...

    async def drain(self, order: DrainRequest) -> DrainedHosts:
        """Send nothing new to a host, or something again."""
        ...

    async def watermark(self, service: str, applied_through: float) -> ServiceStatus:
        """Take note of how far the follower has come."""
        ...


@dataclass(frozen=True, slots=True)
class OwnOrders:
    """The orders of a gateway that is one process."""

    control: Control
    collection: Collection
    shadowing: Shadowing

    async def measures(self) -> Measures:
        """Tell everything that is counted."""
        return self.collection.measures()

    async def checks(self) -> Sequence[SelfCheck]:
        """Look whether everything is there that is needed."""
        return await self_checks(self.control)

    async def status(self) -> GatewayStatus:
        """Tell everything."""
        return replace(self.control.status(), applications=self.collection.applications())

    async def in_flight(self, service: str) -> InFlight:
        """Count the requests of a service that are on their way."""
        return self.control.in_flight(service)

    async def diffs(self) -> Diffs:
        """Tell in what the answers of the two sides differ."""
        return self.shadowing.diffs()

    async def hold(self, service: str, terms: HoldTerms) -> ServiceStatus:
        """Let the writes of a service wait from now on."""
        return self.control.hold(service, terms)

    async def release(self, service: str, epoch: int) -> ServiceStatus:
        """Let what waits go to the authority of `epoch`."""
        return self.control.release(service, epoch)

    async def authority(self, service: str, side: Side, epoch: int) -> ServiceStatus:
        """Take note of the authority over a service."""
        return await self.control.authority(service, side, epoch)

    async def shift(self, order: ShiftRequest) -> ServiceStatus:
        """Change who reads from v2."""
        return await self.control.take_shift(order)

    async def rollback(self, service: str) -> ServiceStatus:
        """Let every client read from v1."""
        return await self.control.rollback(service)

    async def shadow(self, service: str, share: float, paths: Sequence[str]) -> ServiceStatus:
        """Set which share of the requests is copied to the other side, and count anew unless it is none."""
        chosen = await self.control.shadow(service, share, paths)
        if share:
            self.shadowing.begin_anew(chosen)
        return self.control.service_status(service)

    async def drain(self, order: DrainRequest) -> DrainedHosts:
        """Send nothing new to a host, or something again."""
        return await self.control.drain(order.host, drained=order.drained)

    async def watermark(self, service: str, applied_through: float) -> ServiceStatus:
        """Take note of how far the follower has come."""
        return self.control.watermark(service, applied_through)
