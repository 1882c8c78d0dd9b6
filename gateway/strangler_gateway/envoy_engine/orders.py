"""The orders of administrators with the Envoy engine: each is in force once Envoy has adopted it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from strangler.model.authority import Side
from strangler.model.errors import StranglerError, UnavailableError
from strangler_gateway.admin.collection import shadow_series, traffic_series
from strangler_gateway.admin.control import Control
from strangler_gateway.admin.messages import DrainedHosts, DrainRequest, GatewayStatus, ServiceStatus, ShiftRequest
from strangler_gateway.admin.self_check import SelfCheck
from strangler_gateway.admin.self_checks import self_checks
from strangler_gateway.envoy_engine.counting import BOUNDS, Sample, samples_of
from strangler_gateway.envoy_engine.detours import Detours
from strangler_gateway.envoy_engine.engine import EnvoyEngine
from strangler_gateway.envoy_engine.measures import measures_of
from strangler_gateway.envoy_engine.process import POLL_SECONDS
from strangler_gateway.export.pools import Pool, Pools
from strangler_gateway.hold import HoldTerms
from strangler_gateway.in_flight import InFlight, SideCount, total
from strangler_gateway.metrics.measures import Measures
from strangler_gateway.metrics.measures import total as total_of
from strangler_gateway.metrics.process import process_series
from strangler_gateway.moment import Moment
from strangler_gateway.relay import Relay
from strangler_gateway.routing.plan import Plan
from strangler_gateway.shadow.report import Diffs

BEFORE_HOLD_SECONDS = 3.5
"""How long a hold may wait for earlier writes that it could not tell from those it holds.

Less than the time administrators' clients wait for an answer.
"""


@dataclass(frozen=True, slots=True)
class EnvoyOrders:
    """Carries out orders with Envoy; `follow` returns when Envoy has adopted the state of `control` and `detours`."""

    control: Control
    relay: Relay
    engine: EnvoyEngine
    detours: Detours
    follow: Callable[[], Awaitable[None]]
    _turning: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def measures(self) -> Measures:
        """Return all measures, Envoy's and our own."""
        plan = self.control.traffic.plan
        counted = measures_of(list(samples_of(await self.engine.admin.metrics())), plan)
        states = [one for one in traffic_series(self.control.traffic) if not one.name.endswith("requests_in_flight")]
        own = Measures((*states, *shadow_series(self.relay.shadowing), *process_series()))
        self.relay.meter.forget({route.name: route.service for route in plan.routes})
        around = self.relay.meter.measures()
        around = replace(around, histograms=tuple(one.within(BOUNDS) for one in around.histograms))
        return total_of([counted, around, own])

    async def checks(self) -> Sequence[SelfCheck]:
        """Check whether everything the gateway needs is there."""
        ready = await self.engine.admin.ready()
        return [*await self_checks(self.control), SelfCheck("envoy", ready, "" if ready else "it does not answer")]

    async def status(self) -> GatewayStatus:
        """Return everything the gateway knows."""
        status = self.control.status()
        services = {name: await self._seen(service) for name, service in status.services.items()}
        return replace(status, services=services)

    async def in_flight(self, service: str) -> InFlight:
        """Count the requests of a service in flight.

        Without a hold, the count of v1 is that of all the monolith's requests, for any service.
        """
        own = self.control.in_flight(service)
        if service in self.detours:
            past = self.detours.past(service, await self._under_way(service), self._plan)
            return own.with_writes(self.control.traffic.authority(service).side, past)
        pools = self._pools(service)
        active = await self.engine.admin.active({pool.name for pool in pools})
        by_side = {side: sum(active[pool.name] for pool in pools if pool.side is side) for side in Side}
        elsewhere = InFlight(v1=SideCount(read=by_side[Side.V1]), v2=SideCount(read=by_side[Side.V2]))
        return replace(total([own, elsewhere]), holding=own.holding)

    async def diffs(self) -> Diffs:
        """Return how the responses of the two sides differ."""
        return self.relay.shadowing.diffs()

    async def hold(self, service: str, terms: HoldTerms) -> ServiceStatus:
        """Hold the writes of a service from now on in our own data plane, after Envoy has begun to send them there.

        UnavailableError when writes of the watched detour, in our data plane or at v1 in its absence, do not end.
        """
        self.control.traffic.service(service)
        async with self._turning:
            ends = asyncio.get_running_loop().time() + BEFORE_HOLD_SECONDS
            self.detours.begin(service, terms.routes)
            try:
                await self.follow()
                await self._after_watched(service, ends)
                return await self._seen(self.control.hold(service, terms))
            except StranglerError:
                await self._straighten()
                raise

    async def _after_watched(self, service: str, ends: float) -> None:
        """Return once no earlier write of the watched detour is in flight: it and a hold would wait for each other."""
        while await self._watched_past(service):
            if asyncio.get_running_loop().time() > ends:
                raise UnavailableError(
                    f"writes of {service} that came before the hold are still under way", remedy="repeat the command"
                )
            await asyncio.sleep(POLL_SECONDS)

    async def _watched_past(self, service: str) -> int:
        return self.detours.watched_past(service, await self._under_way(service), self._plan)

    async def _under_way(self, service: str) -> Iterator[Sample]:
        return samples_of(await self.engine.admin.under_way(reads=self.detours.reads(service)))

    async def release(self, service: str, epoch: int) -> ServiceStatus:
        """End the hold, so that its requests go to the authority of `epoch`, and end the detour."""
        status = self.control.release(service, epoch)
        async with self._turning:
            self.detours.end(service)
            return await self._followed(status)

    async def straighten(self) -> None:
        """End the detours of holds that have ended or expired."""
        async with self._turning:
            await self._straighten()

    async def _straighten(self) -> None:
        over = self.detours.over(self.control.traffic.holds.get)
        for service in over:
            self.detours.end(service)
        if over:
            await self.follow()

    async def authority(self, service: str, side: Side, epoch: int) -> ServiceStatus:
        """Record which side has the authority over a service; during a detour, Envoy need not know yet."""
        status = await self.control.authority(service, side, epoch)
        return await (self._seen(status) if service in self.detours else self._followed(status))

    async def shift(self, order: ShiftRequest) -> ServiceStatus:
        """Change which clients read from v2."""
        return await self._followed(await self.control.take_shift(order))

    async def rollback(self, service: str) -> ServiceStatus:
        """Send every read to v1."""
        return await self._followed(await self.control.rollback(service))

    async def shadow(self, service: str, share: float, paths: Sequence[str]) -> ServiceStatus:
        """Set the percentage of requests copied to the other side, and start the counts anew unless it is 0."""
        chosen = await self.control.shadow(service, share, paths)
        if share:
            self.relay.shadowing.begin_anew(chosen)
        return await self._followed(self.control.service_status(service))

    async def drain(self, order: DrainRequest) -> DrainedHosts:
        """Drain a host or put it back."""
        hosts = await self.control.drain(order.host, drained=order.drained)
        await self.follow()
        return hosts

    async def watermark(self, service: str, moment: Moment | None) -> ServiceStatus:
        """Record how far the follower has come."""
        return await self.control.watermark(service, moment)

    async def _followed(self, status: ServiceStatus) -> ServiceStatus:
        await self.follow()
        return await self._seen(status)

    async def _seen(self, status: ServiceStatus) -> ServiceStatus:
        return replace(status, in_flight=await self.in_flight(status.service))

    @property
    def _plan(self) -> Plan:
        return self.control.traffic.plan

    def _pools(self, service: str) -> list[Pool]:
        plan = self._plan
        pools = Pools(plan)
        arms = [arm for route in plan.routes if route.service == service for arm in route.arms if arm.origins]
        found = [pools.monolith, pools.side(service, Side.V2), *(pools.arm(service, arm) for arm in arms)]
        return list({pool.name: pool for pool in found if pool.origins}.values())
