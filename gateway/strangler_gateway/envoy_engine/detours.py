"""What goes through our own data plane for the moments of a move, and what is still on its way past it.

Envoy can not hold requests, nor count those of one service; our own data plane does both. Before it holds anything,
Envoy sends everything of the service there. What Envoy has sent elsewhere before that is told by the names of the
routes, which change with each detour: a request keeps the name it began with.

The requests of a service whose reads are divided, or compared, go there for as long as they are: who has just written
must not read from the side that does not have it yet, which Envoy can not know, and it throws away what is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from strangler.model.authority import Side
from strangler.project import RouteMatch
from strangler_gateway.envoy_engine.counting import UNDER_WAY, Sample
from strangler_gateway.envoy_engine.resources import PLANE, PLANE_OR_V1
from strangler_gateway.export.setting import DETOURED, Detour
from strangler_gateway.hold import Hold
from strangler_gateway.plan import Plan, Route
from strangler_gateway.request_facts import SAFE_METHODS
from strangler_gateway.traffic import Traffic

_MARK = " ~"


@dataclass(slots=True)
class Detours:
    """The services that take a detour now; `new_mark` gives a name that no process has given before."""

    new_mark: Callable[[], str]
    _further: dict[str, tuple[RouteMatch, ...]] = field(default_factory=dict[str, tuple[RouteMatch, ...]])
    _mark: str = ""
    _watched: frozenset[str] = frozenset()

    def watch(self, services: frozenset[str]) -> frozenset[str]:
        """Let the requests of some services take the detour until told otherwise; return whose did not."""
        new = services - self._watched
        self._watched = services
        if new:
            self._mark = _MARK + self.new_mark()
        return new

    def begin(self, service: str, further: tuple[RouteMatch, ...]) -> None:
        """Let a service's requests and those for `further` routes take the detour."""
        if self._further.get(service) != further:
            self._further[service] = further
            self._mark = _MARK + self.new_mark()

    def end(self, service: str) -> bool:
        """Let a service's requests go their own way; return whether they did not."""
        return self._further.pop(service, None) is not None

    def __contains__(self, service: str) -> bool:
        return service in self._further

    def over(self, holds: Callable[[str], Hold | None]) -> list[str]:
        """Return the services whose hold has ended by itself."""
        return [service for service in self._further if (hold := holds(service)) is None or not hold.active]

    def current(self) -> Detour | None:
        """Return what Envoy has to know."""
        if not self._further and not self._watched:
            return None
        further = dict.fromkeys(route for routes in self._further.values() for route in routes)
        return Detour(PLANE, frozenset(self._further), tuple(further), self._mark, self._watched, PLANE_OR_V1)

    def past(self, service: str, samples: Iterable[Sample], plan: Plan) -> int:
        """Count the requests that write a service's tables and began before its detour."""
        own = {route.name for route in plan.routes if route.service == service}
        listed = _methods(self._further.get(service, ()))
        return sum(
            int(sample.value)
            for sample in samples
            if sample.name == UNDER_WAY
            and _writes(sample, own, listed)
            and _is_before(sample.labels.get("route", ""), self._mark)
        )


def watched_services(traffic: Traffic, owners: frozenset[str]) -> frozenset[str]:
    """Return the services whose reads are compared, and those with tables of their own whose reads are divided."""
    return frozenset(
        route.service
        for route in traffic.plan.routes
        if traffic.authority(route.service).side is Side.V1
        and (route.name in traffic.plan.shadowed or (route.service in owners and _reads_from_v2(route)))
    )


def _reads_from_v2(route: Route) -> bool:
    if not route.shared or route.rolled_back:
        return False
    return any(arm.side is Side.V2 and arm.weight > 0 for arm in route.arms) if route.arms else route.share > 0


def plain(name: str) -> str:
    """Return the name of a route without what a detour has made of it."""
    return name.removeprefix(DETOURED).partition(_MARK)[0]


def _methods(further: Iterable[RouteMatch]) -> frozenset[str]:
    """Return the methods by which something is written whatever route it is for; empty ones mean every unsafe one."""
    return frozenset(method for route in further for method in route.methods or ("POST", "PUT", "PATCH", "DELETE"))


def _writes(sample: Sample, own: set[str], listed: frozenset[str]) -> bool:
    method = sample.labels.get("method", "")
    return method in listed or (method not in SAFE_METHODS and plain(sample.labels.get("route", "")) in own)


def _is_before(name: str, mark: str) -> bool:
    return not name.startswith(DETOURED) and not name.endswith(mark)
