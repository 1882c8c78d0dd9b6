"""Carries out administrators' orders on a running gateway; what must survive it is on disk before it is confirmed."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from strangler.model.authority import Side
from strangler.model.errors import InputError, StranglerError, UsageError
from strangler.project_sections.traffic import MOST_WEIGHT, parse_override
from strangler_gateway.admin.messages import DrainedHosts, GatewayStatus, HoldStatus, ServiceStatus, ShiftRequest
from strangler_gateway.hold import MOST_HELD, MOST_SECONDS, Hold, HoldTerms
from strangler_gateway.in_flight import InFlight
from strangler_gateway.moment import Moment
from strangler_gateway.routing.drained_host import DrainedHost
from strangler_gateway.routing.plan import Plan, Route, check_authorities
from strangler_gateway.routing.route_traffic import RouteTraffic, Shift
from strangler_gateway.routing.shares import shifted_routes
from strangler_gateway.shadow.setting import shadowed_routes
from strangler_gateway.state_file import GatewayState
from strangler_gateway.traffic import Known, Traffic, after_cutover

logger = logging.getLogger(__name__)


class StateKeeper(Protocol):
    """Where the state of a gateway is kept."""

    def check(self) -> None:
        """Raise a StranglerError when the state cannot be read, or could not be written."""
        ...

    def read(self) -> GatewayState:
        """Return the state written last."""
        ...

    def write(self, state: GatewayState) -> None:
        """Write the state so that it survives the process."""
        ...


class Control:
    """Changes `traffic`, one change at a time.

    `plan` is what the project file says, without the shares ordered since; `drained` are the hosts that `traffic`
    sends no new requests to. `problems` are those of a project file that was refused.
    `instance` names this start of the gateway in its moments; all its processes have the same one.
    """

    def __init__(
        self,
        traffic: Traffic,
        plan: Plan,
        keeper: StateKeeper,
        drained: Iterable[DrainedHost] = (),
        instance: str | None = None,
    ) -> None:
        self.traffic = traffic
        self.instance = instance or secrets.token_hex(8)
        self.problems: tuple[str, ...] = ()
        self._plan = plan
        self._keeper = keeper
        self._drained = frozenset(drained)
        self._changing = asyncio.Lock()

    def status(self) -> GatewayStatus:
        """Return everything this process knows."""
        services = {name: self.service_status(name) for name in self.traffic.plan.services}
        digest, clock = self.traffic.plan.digest, time.time()
        return GatewayStatus(os.getpid(), digest, services, self.problems, drained=self.drained, clock=clock)

    @property
    def drained(self) -> tuple[DrainedHost, ...]:
        """The hosts that get no new requests."""
        return tuple(sorted(self._drained))

    def service_status(self, service: str) -> ServiceStatus:
        """Return everything known about a service; InputError when the plan has none of that name."""
        traffic = self.traffic
        plan = traffic.service(service)
        known = traffic.authority(service)
        shared = [route for route in traffic.plan.routes if route.service == service and route.shared]
        names = {route.name for route in traffic.plan.routes if route.service == service}
        return ServiceStatus(
            service=service,
            side=known.side,
            epoch=known.epoch,
            hold=_hold_status(traffic.holds.get(service)),
            in_flight=traffic.in_flight(service),
            shares={route.name: route.share for route in shared},
            shadows={name: rule.share for name, rule in traffic.plan.shadowed.items() if name in names},
            sides=tuple(side for side in Side if plan.upstreams(side)),
            moment=Moment(self.instance, traffic.now()),
            rolled_back=tuple(route.name for route in shared if route.rolled_back),
            ordered=tuple(name for name in self._ordered() if name in names),
            stale=traffic.is_stale(service),
        )

    def in_flight(self, service: str) -> InFlight:
        """Count the requests of a service in flight."""
        return self.traffic.in_flight(service)

    def hold(self, service: str, terms: HoldTerms) -> ServiceStatus:
        """Hold the writes of a service from now on; UsageError when the terms exceed their bounds."""
        if not 0 < terms.seconds <= MOST_SECONDS or not 0 <= terms.limit <= MOST_HELD:
            raise UsageError(
                f"seconds must be more than 0 and at most {MOST_SECONDS:g}, and limit from 0 to {MOST_HELD}"
            )
        self.traffic.hold(service, terms)
        logger.info("hold %s: epoch %d, %g s, at most %d", service, terms.epoch, terms.seconds, terms.limit)
        return self.service_status(service)

    def release(self, service: str, epoch: int) -> ServiceStatus:
        """End the hold, so that its requests go to the authority of `epoch`."""
        self.traffic.release(service, epoch)
        logger.info("release %s: epoch %d", service, epoch)
        return self.service_status(service)

    async def authority(self, service: str, side: Side, epoch: int) -> ServiceStatus:
        """Record which side has the authority over a service, and send its writes there."""
        known = Known(side, epoch)
        async with self._changing:
            if self.traffic.check_authority(service, known):
                authorities = {**self.traffic.authorities, service: known}
                await self._write(self.traffic.plan, authorities)
                self.traffic.authorities[service] = known
                logger.info("authority over %s: %s, epoch %d", service, side, epoch)
        return self.service_status(service)

    async def shift(self, service: str, v2: float, paths: Sequence[str]) -> ServiceStatus:
        """Set the percentage of clients that read from v2, on a service's routes or those with the given paths."""
        return await self.take_shift(ShiftRequest(service, v2, tuple(paths)))

    async def take_shift(self, order: ShiftRequest) -> ServiceStatus:
        """Change which clients read from v2, on the routes the order names or all it applies to."""
        service, shift = order.service, _shift_of(order)
        async with self._changing:
            if (shift.v2 or shift.override) and not self.traffic.service(service).v2:
                raise InputError(f"{service} has no upstreams, so nothing can be sent there")
            chosen = shifted_routes(service, self._routes(service), order.paths, shift)
            self._require_before_cutover(service)
            if order.stale:
                self.traffic.writes_of(service).expect_none()
            await self._change(chosen, lambda traffic: traffic.shifted(shift))
        logger.info("%s: %s on %s", service, shift, ", ".join(route.name for route in chosen))
        return self.service_status(service)

    async def rollback(self, service: str) -> ServiceStatus:
        """Send no request to v2, whatever its route's share or its own override; refused once v2 has the authority.

        The rollback of a route ends when the route gets a share again.
        """
        async with self._changing:
            routes = self._routes(service)
            self._require_before_cutover(service)
            await self._change(routes, RouteTraffic.withdrawn)
        logger.info("%s: nothing to v2", service)
        return self.service_status(service)

    async def shadow(self, service: str, share: float, paths: Sequence[str]) -> list[str]:
        """Set the percentage of requests copied to the other side, and return the names of the routes."""
        if not 0 <= share <= 100:
            raise UsageError("share is in percent: from 0 to 100")
        async with self._changing:
            if share and not self.traffic.service(service).v2:
                raise InputError(f"{service} has no upstreams, so nothing can be sent there")
            chosen = shadowed_routes(service, self._routes(service), paths)
            await self._change(chosen, lambda traffic: replace(traffic, shadow=share))
        logger.info("%s: %g %% shadowed on %s", service, share, ", ".join(paths) or "every route")
        return [route.name for route in chosen]

    async def drain(self, host: DrainedHost, *, drained: bool) -> DrainedHosts:
        """Drain a host or put it back; InputError when it is unknown or the last one that would get requests."""
        async with self._changing:
            known = [str(origin) for origin in self._plan.hosts(host.application)]
            if host.upstream not in known:
                raise InputError(
                    f"{host.application} has no host {host.upstream}", remedy=f"it has: {', '.join(known) or 'none'}"
                )
            wanted = self._drained | {host} if drained else self._drained - {host}
            if drained and all(DrainedHost(host.application, upstream) in wanted for upstream in known):
                raise InputError(
                    f"{host} is the last host that gets requests",
                    remedy=f"to send nobody to v2 run: strangler gateway drain {host.application}",
                )
            plan = self._running(wanted)
            await self._write(plan, self.traffic.authorities, drained=wanted)
            self._drained = wanted
            self.traffic.follow(plan)
        logger.info("%s: %s", host, "nothing new" if drained else "takes requests")
        return DrainedHosts(self.drained)

    async def watermark(self, service: str, moment: Moment | None) -> ServiceStatus:
        """Record how far the follower has come: every write that had ended at `moment` is applied.

        A moment of an earlier start, or of another gateway at this address, says nothing about our clock.
        """
        self.traffic.service(service)
        recent = self.traffic.writes_of(service)
        if moment is not None and moment.gateway == self.instance:
            known = recent.complete_at > 0
            recent.applied(moment.seconds)
            if not known:
                await self._keep_follower(service)
        return self.service_status(service)

    async def _keep_follower(self, service: str) -> None:
        async with self._changing:
            try:
                await self._write(self.traffic.plan, self.traffic.authorities)
            except StranglerError as error:
                # The follower has to go on; only the next start of this gateway does not know of it.
                logger.warning("that %s has a follower could not be written down: %s", service, error)

    async def adopt(self, plan: Plan) -> None:
        """Follow a plan that was read again; an order about a route stays until the file changes what it is about.

        ConfigurationError when the plan contradicts the authority over a service.
        """
        async with self._changing:
            check_authorities(plan, self.traffic.sides())
            if plan.digest != self._plan.digest:
                followed = plan.with_orders(self._plan.traffic(), self.traffic.plan.traffic())
                await self._write(followed, self.traffic.authorities, base=plan)
                self._plan = plan
                self.traffic.follow(followed.without_hosts(self._drained))
                logger.info("following plan %s", plan.digest)
                for route in self._ordered():
                    logger.warning("%s stays as it was ordered, which is not what the project file says", route)
            self.problems = ()

    def refuse(self, error: StranglerError) -> None:
        """Keep the plan in force, and report why the new one is refused."""
        self.problems = tuple(str(error).splitlines())
        for problem in self.problems:
            logger.error("the old plan stays: %s", problem)

    def _running(self, drained: Collection[DrainedHost]) -> Plan:
        """Return the project file's plan with the orders in force, and with other hosts drained."""
        return self._plan.with_traffic(self.traffic.plan.traffic()).without_hosts(drained)

    def _ordered(self) -> list[str]:
        """Return the routes whose traffic differs from the project file, because it was ordered otherwise."""
        said = self._plan.traffic()
        return [name for name, running in self.traffic.plan.traffic().items() if running != said.get(name)]

    def _routes(self, service: str) -> tuple[Route, ...]:
        self.traffic.service(service)
        return tuple(route for route in self.traffic.plan.routes if route.service == service)

    def _require_before_cutover(self, service: str) -> None:
        if self.traffic.authority(service).side is Side.V2:
            raise after_cutover(service)

    async def _change(self, routes: Sequence[Route], change: Callable[[RouteTraffic], RouteTraffic]) -> None:
        known = self.traffic.plan.traffic()
        plan = self.traffic.plan.with_traffic({route.name: change(known[route.name]) for route in routes})
        await self._write(plan, self.traffic.authorities)
        self.traffic.follow(plan)

    def check_keeper(self) -> None:
        """Raise a StranglerError when a change could not be kept; reads and writes files."""
        self._keeper.check()

    async def _write(
        self,
        plan: Plan,
        authorities: Mapping[str, Known],
        base: Plan | None = None,
        drained: Collection[DrainedHost] | None = None,
    ) -> None:
        base = base or self._plan
        hosts = tuple(sorted(self._drained if drained is None else drained))
        followed = tuple(name for name in sorted(plan.services) if self.traffic.is_followed(name))
        state = GatewayState(base.digest, plan.traffic(), authorities, base.traffic(), hosts, followed)
        await asyncio.to_thread(self._keeper.write, state)


def resumed(plan: Plan, keeper: StateKeeper) -> Control:
    """Return the control that continues the kept state; ConfigurationError when `plan` contradicts an authority."""
    state = keeper.read()
    traffic = Traffic(restored(plan, state), time.monotonic, state.authorities)
    check_authorities(plan, traffic.sides())
    for service in state.followed:
        traffic.writes_of(service).expect(traffic.now())
    return Control(traffic, plan, keeper, state.drained)


def restored(plan: Plan, state: GatewayState) -> Plan:
    """Return the plan with the orders given before, except where the project file has changed what they are about."""
    same = state.plan == plan.digest
    followed = plan.with_traffic(state.traffic) if same else plan.with_orders(state.said, state.traffic)
    return followed.without_hosts(state.drained)


def _shift_of(order: ShiftRequest) -> Shift:
    if order.v2 is not None and not 0 <= order.v2 <= 100:
        raise UsageError("v2 is in percent: from 0 to 100")
    if any(not 0 <= weight <= MOST_WEIGHT for weight in order.weights.values()):
        raise UsageError(f"a weight is from 0 to {MOST_WEIGHT}")
    try:
        override = parse_override(order.override) if order.override is not None else None
    except ValueError as error:
        raise UsageError(f"override {error}") from error
    if order.v2 is None and override is None and not order.weights:
        raise InputError("a shift changes v2, override or weights")
    return Shift(order.v2, override, order.weights, order.everybody)


def _hold_status(hold: Hold | None) -> HoldStatus | None:
    if hold is None or not hold.active:
        return None
    return HoldStatus(hold.terms.epoch, hold.terms.limit, hold.seconds_left, hold.waiting, hold.overflowed)
