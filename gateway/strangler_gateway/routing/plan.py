"""The plan a gateway follows: immutable, with everything it needs resolved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from operator import itemgetter

import msgspec

from strangler.model.authority import Side
from strangler.model.errors import ConfigurationError
from strangler.model.resilience import MONOLITH_TERMS, SERVICE_TERMS, ResilienceTerms
from strangler.model.shadow import NO_SHADOW, SHADOW_TERMS, ShadowRule, ShadowTerms
from strangler.model.tls import UPSTREAM_TLS
from strangler.project import Condition, Monolith, Override, Project, RouteRule, Service, StickyKey, StickySource
from strangler.secret import Reference
from strangler_gateway.requests.edge import Forwarding
from strangler_gateway.requests.facts import SHARED_METHODS
from strangler_gateway.routing.arms import ArmWeight, PlannedArm, weighted
from strangler_gateway.routing.drained_host import MONOLITH, DrainedHost
from strangler_gateway.routing.reach import Reach
from strangler_gateway.routing.route_table import rule_name, takes
from strangler_gateway.routing.route_traffic import RouteTraffic
from strangler_gateway.transport.origin import Origin
from strangler_gateway.transport.tls import upstream_context

_OVERRIDE = Override(StickyKey(StickySource.HEADER, "x-strangler-side"))
"""The default override, for routes that name none."""
NOBODY_IN_FRONT = Forwarding()


@dataclass(frozen=True)
class Route:
    """A rule: `v2` percent of the clients, identified by `sticky`, read from v2 while v1 has the authority.

    While it is `rolled_back` and v1 has the authority, no request goes to v2.
    """

    path: str
    methods: tuple[str, ...]
    service: str
    v2: float = 0
    sticky: StickyKey | None = None
    host: str | None = None
    conditions: tuple[Condition, ...] = ()
    arms: tuple[PlannedArm, ...] = ()
    override: Override | None = None
    stateless: bool = False
    shadow: ShadowRule = NO_SHADOW
    rolled_back: bool = False

    @cached_property
    def share(self) -> float:
        """The percentage of the clients that read from v2 while v1 has the authority."""
        return 0 if self.rolled_back else self.v2

    @cached_property
    def split(self) -> bool:
        """Whether the destination of its requests depends on the client."""
        return bool(self.arms) or 0 < self.share < 100

    @property
    def asked_by(self) -> Override:
        """The override by which a request can choose its side or arm."""
        return self.override or _OVERRIDE

    def reach(self, authority: Side) -> Reach:
        """Return where requests may go: not to v1 once v2 has the authority, since v1 no longer gets the writes."""
        if authority is Side.V2:
            return Reach(self.arms, Side.V2)
        return Reach(self.arms, Side.V1) if self.rolled_back else Reach(self.arms, Side.V1, Side.V2)

    @cached_property
    def shared(self) -> bool:
        """Whether a share applies to it: it takes reads, or is stateless."""
        return self.stateless or any(takes(self, method) for method in SHARED_METHODS)

    @property
    def shiftable(self) -> bool:
        """Whether a share for the whole service applies to it too.

        Without a sticky key a user may see both sides by turns, as with a form fetched from one side and sent to the
        other, so such a route gets a share only when it is named.
        """
        return self.shared and self.sticky is not None

    @cached_property
    def name(self) -> str:
        """The name of the route, as in ``GET,POST /api/reviews``, see `rule_name`."""
        return rule_name(self)


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """The upstreams of the two sides of a service, and the sticky keys that identify its clients."""

    name: str
    v1: tuple[Origin, ...]
    v2: tuple[Origin, ...]
    sticky: tuple[StickyKey, ...] = ()
    width: int | None = None
    """The most concurrent requests to v2; None for no limit."""
    resilience: ResilienceTerms = SERVICE_TERMS
    """What to do when v2 fails."""

    def upstreams(self, side: Side) -> tuple[Origin, ...]:
        """Return the origins of a side."""
        return self.v1 if side is Side.V1 else self.v2


@dataclass(frozen=True)
class Plan:
    """The traffic settings of the project file, with every reference to the environment resolved."""

    monolith: tuple[Origin, ...]
    services: Mapping[str, ServicePlan]
    routes: tuple[Route, ...]
    monolith_width: int | None = None
    refuse_undeclared: bool = False
    """Whether requests that no route matches are refused instead of being sent to the monolith."""
    monolith_resilience: ResilienceTerms = MONOLITH_TERMS
    shadowing: ShadowTerms = SHADOW_TERMS
    forwarding: Forwarding = NOBODY_IN_FRONT

    @cached_property
    def shadowed(self) -> Mapping[str, ShadowRule]:
        """The shadow rules of the routes whose requests are copied to the other side, by route name."""
        return {
            route.name: route.shadow
            for route in self.routes
            if route.shadow.share > 0 and (route.shared or route.shadow.writes)
        }

    @cached_property
    def digest(self) -> str:
        """A digest that is equal for plans that route alike, on every machine: 16 hex digits."""
        services = [
            (
                service.name,
                [o.identity for o in service.v1],
                [o.identity for o in service.v2],
                service.width,
                service.resilience,
            )
            for service in self.services.values()
        ]
        routes = [
            (
                (route.name, route.service, float(route.v2), str(route.sticky or ""), str(route.override or "")),
                [
                    (arm.name, arm.side, float(arm.weight), [origin.identity for origin in arm.origins])
                    for arm in route.arms
                ],
                (route.stateless, route.rolled_back),
                route.shadow,
            )
            for route in self.routes
        ]
        monolith = ([origin.identity for origin in self.monolith], self.monolith_width, self.refuse_undeclared)
        content = (
            monolith,
            self.monolith_resilience,
            sorted(services, key=itemgetter(0)),
            routes,
            self.shadowing,
            self.forwarding.terms,
        )
        return sha256(msgspec.json.encode(content)).hexdigest()[:16]

    def traffic(self) -> dict[str, RouteTraffic]:
        """Return the part of each route that orders can change, by route name."""
        return {
            route.name: RouteTraffic(
                route.v2,
                route.rolled_back,
                route.override,
                tuple(ArmWeight(arm.name, arm.side, arm.weight) for arm in route.arms),
                route.shadow.share,
            )
            for route in self.routes
        }

    def with_orders(self, said: Mapping[str, RouteTraffic], running: Mapping[str, RouteTraffic]) -> Plan:
        """Return this plan with the orders whose routes it states no differently than before.

        Both arguments are by route name: `said` is the traffic the file stated when the orders were given, `running`
        the traffic with the orders. Where the service no longer has upstreams, only a rollback stays.
        """
        now = self.traffic()
        return self.with_traffic(
            {
                route.name: running[route.name].read_anew(said[route.name], now[route.name])
                for route in self.routes
                if route.name in said
                and route.name in running
                and (self.services[route.service].v2 or running[route.name].rolled_back)
            }
        )

    def hosts(self, application: str) -> tuple[Origin, ...]:
        """Return the hosts of the monolith, or of v2 of a service; none for an unknown application."""
        if application == MONOLITH:
            return self.monolith
        service = self.services.get(application)
        return service.v2 if service is not None else ()

    def without_hosts(self, drained: Collection[DrainedHost]) -> Plan:
        """Return the plan without the drained hosts; an application keeps its hosts when all of them are drained."""
        if not drained:
            return self
        monolith = _remaining(MONOLITH, self.monolith, drained)
        services = {
            name: replace(service, v1=monolith, v2=_remaining(name, service.v2, drained))
            for name, service in self.services.items()
        }
        routes = tuple(
            replace(
                route,
                arms=tuple(replace(arm, origins=_remaining(route.service, arm.origins, drained)) for arm in route.arms),
            )
            for route in self.routes
        )
        return replace(self, monolith=monolith, services=services, routes=routes)

    def with_traffic(self, traffic: Mapping[str, RouteTraffic]) -> Plan:
        """Return the plan with the given traffic for some routes, by route name."""
        routes = tuple(
            _with_traffic(route, other) if (other := traffic.get(route.name)) is not None else route
            for route in self.routes
        )
        return replace(self, routes=routes)


def _with_traffic(route: Route, other: RouteTraffic) -> Route:
    """Return a route with other traffic; a route without reads takes the shadow share only."""
    shadowed = replace(route, shadow=replace(route.shadow, share=other.shadow))
    if not route.shared:
        return shadowed
    return replace(
        shadowed,
        v2=other.v2,
        rolled_back=other.rolled_back,
        override=other.override,
        arms=weighted(route.arms, other.arms),
    )


def _remaining(application: str, origins: tuple[Origin, ...], drained: Collection[DrainedHost]) -> tuple[Origin, ...]:
    remaining = tuple(origin for origin in origins if DrainedHost(application, str(origin)) not in drained)
    return remaining or origins


def compile_plan(project: Project, environment: Mapping[str, str]) -> Plan:
    """Make the plan of a project; ConfigurationError when it lacks something the gateway needs."""
    monolith = _origins(project.monolith.upstreams, environment, project.monolith)
    if not monolith:
        raise ConfigurationError(
            "the gateway needs to know where the monolith is",
            where=str(project.path),
            remedy='write upstreams = ["http://host:port"] in [monolith]',
        )
    routes = tuple(_route(rule, project, environment) for rule in project.routes)
    services = {
        service.name: ServicePlan(
            service.name,
            monolith,
            _origins(service.upstreams, environment, service),
            tuple({rule.sticky: None for rule in routes if rule.service == service.name and rule.sticky}),
            service.concurrency,
            service.resilience,
        )
        for service in project.services.values()
    }
    for route in routes:
        needed = route.v2 or route.shadow.share or any(arm.side is Side.V2 and not arm.origins for arm in route.arms)
        if needed and not services[route.service].v2:
            raise ConfigurationError(
                f"the route {route.name} sends requests to {route.service}, which has no upstreams",
                where=str(project.path),
                remedy=f'write upstreams = ["http://host:port"] in [services.{route.service}]',
            )
    return Plan(
        monolith,
        services,
        routes,
        project.monolith.concurrency,
        project.gateway.refuse_undeclared,
        project.monolith.resilience,
        project.gateway.shadow,
        Forwarding(project.gateway.forwarding),
    )


def check_authorities(plan: Plan, sides: Mapping[str, Side]) -> None:
    """Raise ConfigurationError when the plan contradicts the authorities; `sides` is by the name of the service.

    A service over which a side has the authority has data, so it must have upstreams on that side.
    """
    stateless = {route.service for route in plan.routes if route.stateless}
    for name, side in sides.items():
        service = plan.services.get(name)
        if name in stateless:
            raise ConfigurationError(
                f"{name} has data, which {side} has the authority over, and is not stateless",
                remedy=f"remove stateless from [services.{name}]",
            )
        if service is not None and not service.upstreams(side):
            raise ConfigurationError(
                f"{name} was cut over, but the plan does not say where it runs",
                remedy=f'write upstreams = ["http://host:port"] in [services.{name}]',
            )


def _route(rule: RouteRule, project: Project, environment: Mapping[str, str]) -> Route:
    sticky = rule.traffic.sticky
    service = project.services[rule.service]
    if sticky and sticky.source is StickySource.USER and service.identity is None:
        raise ConfigurationError(
            f"the route {rule.match.path} is sticky by user, but nothing says who that is",
            where=str(project.path),
            remedy="write [gateway.identity], or a cookie or header for sticky",
        )
    arms = tuple(
        PlannedArm(arm.name, arm.side, arm.weight, _origins(arm.upstreams, environment, service))
        for arm in rule.traffic.arms
    )
    return replace(route_of(rule, stateless=service.stateless), arms=arms)


def route_of(rule: RouteRule, *, stateless: bool) -> Route:
    """Return the route a rule describes, without the origins of its arms.

    A route without reads has neither share nor rollback, also where it inherits its service's traffic: its requests go
    to the authority, and orders about shares leave it out.
    """
    match, traffic = rule.match, rule.traffic
    route = Route(
        match.path,
        match.methods,
        rule.service,
        traffic.v2,
        traffic.sticky,
        match.host,
        match.conditions,
        tuple(PlannedArm(arm.name, arm.side, arm.weight) for arm in traffic.arms),
        traffic.override,
        stateless,
        traffic.shadow,
        traffic.rolled_back,
    )
    return route if route.shared else replace(route, v2=0, rolled_back=False)


def _origins(
    references: tuple[Reference, ...], environment: Mapping[str, str], application: Monolith | Service
) -> tuple[Origin, ...]:
    tls = application.tls
    if tls != UPSTREAM_TLS:
        upstream_context(tls)
    origins: list[Origin] = []
    for reference in references:
        try:
            origin = Origin.of(reference.resolve(environment), tls, application.headers)
        except ValueError as error:
            raise ConfigurationError(str(error), where=reference.where) from error
        if tls != UPSTREAM_TLS and origin.tls is None:
            raise ConfigurationError(
                f"{origin} is reached without TLS, for which there are terms at {tls.where}",
                where=reference.where,
                remedy="write https:// in the upstream",
            )
        origins.append(origin)
    return tuple(origins)
