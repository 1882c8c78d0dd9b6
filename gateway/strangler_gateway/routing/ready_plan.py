"""A plan prepared for the hot path: everything requests look up, computed once.

Many modules read a `Plan`, which states what was decided. This form is derived from it for the hot path, and compiled
with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from strangler.model.authority import Side
from strangler.model.shadow import ShadowRule
from strangler.project import Condition, Override, StickyKey, StickySource
from strangler_gateway.requests.facts import SHARED_METHODS
from strangler_gateway.routing.arms import PlannedArm
from strangler_gateway.routing.marks import MarkReader
from strangler_gateway.routing.plan import Plan, Route, ServicePlan
from strangler_gateway.routing.reach import Reach
from strangler_gateway.routing.route_table import RouteTable
from strangler_gateway.routing.sticky import OverrideReader, Share, StickyReader


class _Parts:
    """Objects that routes share: a shared object stays in the processor's cache, one for each route would not."""

    def __init__(self) -> None:
        self._shares: dict[tuple[str, float], Share] = {}
        self._readers: dict[StickyKey | None, StickyReader] = {}
        self._marks: dict[tuple[StickyKey, ...], MarkReader] = {}
        self._overrides: dict[Override, OverrideReader] = {}
        self._reaches: dict[tuple[tuple[PlannedArm, ...], bool, Side], Reach] = {}

    def share(self, route: Route) -> Share:
        return self._shares.setdefault((route.service, route.share), Share(route.service, route.share))

    def client(self, route: Route) -> StickyReader:
        return self._readers.setdefault(route.sticky, StickyReader(route.sticky))

    def marks(self, service: ServicePlan) -> MarkReader:
        return self._marks.setdefault(service.sticky, MarkReader(service.sticky))

    def chosen(self, route: Route) -> OverrideReader:
        return self._overrides.setdefault(route.asked_by, OverrideReader(route.asked_by))

    def reach(self, route: Route, authority: Side) -> Reach:
        return self._reaches.setdefault((route.arms, route.rolled_back, authority), route.reach(authority))


class ReadyRoute:
    """A route and the service it is for."""

    __slots__ = (
        "after_cutover",
        "before_cutover",
        "by_user",
        "chosen",
        "client",
        "conditions",
        "host",
        "marks",
        "methods",
        "name",
        "part",
        "path",
        "plan",
        "service",
        "share",
        "split",
        "stateless",
    )

    def __init__(self, route: Route, service: ServicePlan, parts: _Parts) -> None:
        self.path: str = route.path
        self.methods: tuple[str, ...] = route.methods
        self.host: str | None = route.host
        self.conditions: tuple[Condition, ...] = route.conditions
        self.name: str = route.name
        self.service: str = route.service
        self.plan: ServicePlan = service
        self.stateless: bool = route.stateless
        self.share = float(route.share)
        """The percentage of the clients that read from v2 while v1 has the authority; `part` tells which ones."""
        self.part = parts.share(route)
        self.client = parts.client(route)
        """Finds the key that identifies a request's client."""
        self.marks = parts.marks(service)
        """Finds the marks that recognise a client that has written."""
        self.chosen = parts.chosen(route)
        """Finds the side or arm a request asks for."""
        self.before_cutover = parts.reach(route, Side.V1)
        """Where requests may go while v1 has the authority."""
        self.after_cutover = parts.reach(route, Side.V2)
        """Where they may go once v2 has it."""
        self.split: bool = route.split
        self.by_user = route.sticky is not None and route.sticky.source is StickySource.USER
        """Whether the monolith must be asked who the user is before the side can be chosen."""

    def shares(self, method: str) -> bool:
        """Whether requests with a method may go to the side without authority."""
        return self.stateless or method in SHARED_METHODS


class ReadyPlan:
    """The routes of a plan, and facts about all of them."""

    __slots__ = ("by_user", "narrow", "refuse_undeclared", "shadowed", "table")

    def __init__(self, plan: Plan) -> None:
        parts = _Parts()
        routes = [ReadyRoute(route, plan.services[route.service], parts) for route in plan.routes]
        self.table: RouteTable[ReadyRoute] = RouteTable(routes)
        self.by_user = any(route.by_user for route in routes)
        """Whether any route is sticky by user."""
        widths = (plan.monolith_width, *(service.width for service in plan.services.values()))
        self.narrow = any(width is not None for width in widths)
        """Whether any application has a limit of concurrent requests."""
        self.refuse_undeclared: bool = plan.refuse_undeclared
        self.shadowed: Mapping[str, ShadowRule] = plan.shadowed
