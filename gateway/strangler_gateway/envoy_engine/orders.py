"""The orders of administrators where Envoy carries the bytes: each holds once Envoy has adopted it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from strangler.model.authority import Side
from strangler_gateway.admin_messages import DrainedHosts, DrainRequest, GatewayStatus, ServiceStatus, ShiftRequest
from strangler_gateway.control import Control
from strangler_gateway.envoy_engine.counting import samples_of
from strangler_gateway.envoy_engine.engine import EnvoyEngine
from strangler_gateway.envoy_engine.measures import measures_of
from strangler_gateway.export.pools import Pool, Pools
from strangler_gateway.hold import HoldTerms
from strangler_gateway.in_flight import InFlight, SideCount
from strangler_gateway.metrics.collection import traffic_series
from strangler_gateway.metrics.measures import Measures, total
from strangler_gateway.metrics.process import process_series
from strangler_gateway.self_check import SelfCheck
from strangler_gateway.self_checks import self_checks
from strangler_gateway.shadow.report import Diffs
from strangler_gateway.traffic import ConflictError


@dataclass(frozen=True, slots=True)
class EnvoyOrders:
    """`follow` returns when Envoy has adopted what `control` knows."""

    control: Control
    engine: EnvoyEngine
    follow: Callable[[], Awaitable[None]]

    async def measures(self) -> Measures:
        """Tell everything that is counted."""
        plan = self.control.traffic.plan
        counted = measures_of(list(samples_of(await self.engine.admin.metrics())), plan)
        states = [one for one in traffic_series(self.control.traffic) if not one.name.endswith("requests_in_flight")]
        return total([counted, Measures((*states, *process_series()))])

    async def checks(self) -> Sequence[SelfCheck]:
        """Look whether everything is there that is needed."""
        ready = await self.engine.admin.ready()
        return [*await self_checks(self.control), SelfCheck("envoy", ready, "" if ready else "it does not answer")]

    async def status(self) -> GatewayStatus:
        """Tell everything."""
        status = self.control.status()
        services = {name: await self._seen(service) for name, service in status.services.items()}
        return replace(status, services=services)

    async def in_flight(self, service: str) -> InFlight:
        """Count the requests of a service that are on their way; those at v1 are the monolith's, of all services."""
        pools = self._pools(service)
        active = await self.engine.admin.active({pool.name for pool in pools})
        by_side = {side: sum(active[pool.name] for pool in pools if pool.side is side) for side in Side}
        return InFlight(v1=SideCount(read=by_side[Side.V1]), v2=SideCount(read=by_side[Side.V2]))

    async def diffs(self) -> Diffs:
        """Tell in what the answers of the two sides differ: nothing is compared."""
        return Diffs()

    async def hold(self, service: str, terms: HoldTerms) -> ServiceStatus:
        """Refuse it: Envoy has nowhere to let requests wait."""
        raise _not_by_envoy(f"hold the writes of {service}", "cut over behind strangler gateway run without --engine")

    async def release(self, service: str, epoch: int) -> ServiceStatus:
        """Let what waits go to the authority of `epoch`: nothing does."""
        return await self._seen(self.control.release(service, epoch))

    async def authority(self, service: str, side: Side, epoch: int) -> ServiceStatus:
        """Take note of the authority over a service."""
        return await self._followed(await self.control.authority(service, side, epoch))

    async def shift(self, order: ShiftRequest) -> ServiceStatus:
        """Change who reads from v2."""
        return await self._followed(await self.control.take_shift(order))

    async def rollback(self, service: str) -> ServiceStatus:
        """Let every client read from v1."""
        return await self._followed(await self.control.rollback(service))

    async def shadow(self, service: str, share: float, paths: Sequence[str]) -> ServiceStatus:
        """Refuse it: Envoy throws the answers away."""
        if share:
            raise _not_by_envoy(
                f"compare the answers to {service}", "shadow behind strangler gateway run without --engine"
            )
        await self.control.shadow(service, share, paths)
        return await self._followed(self.control.service_status(service))

    async def drain(self, order: DrainRequest) -> DrainedHosts:
        """Send nothing new to a host, or something again."""
        hosts = await self.control.drain(order.host, drained=order.drained)
        await self.follow()
        return hosts

    async def watermark(self, service: str, applied_through: float) -> ServiceStatus:
        """Take note of how far the follower has come; Envoy sends nobody elsewhere for it."""
        return self.control.watermark(service, applied_through)

    async def _followed(self, status: ServiceStatus) -> ServiceStatus:
        await self.follow()
        return await self._seen(status)

    async def _seen(self, status: ServiceStatus) -> ServiceStatus:
        return replace(status, in_flight=await self.in_flight(status.service))

    def _pools(self, service: str) -> list[Pool]:
        plan = self.control.traffic.plan
        pools = Pools(plan)
        arms = [arm for route in plan.routes if route.service == service for arm in route.arms if arm.origins]
        found = [pools.monolith, pools.side(service, Side.V2), *(pools.arm(service, arm) for arm in arms)]
        return list({pool.name: pool for pool in found if pool.origins}.values())


def _not_by_envoy(what: str, remedy: str) -> ConflictError:
    return ConflictError(f"Envoy can not {what}", remedy=remedy)
