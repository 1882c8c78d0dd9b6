"""Detours: which requests Envoy sends through our own data plane, and which are still in flight past it.

Envoy cannot hold requests, nor count those of one service; our own data plane does both. Before a hold begins, Envoy
sends all requests of the service there. Requests that Envoy sent elsewhere before are recognised by their route's name:
it gets a new mark with each detour, and a request keeps the name it began with. The same holds for a request of a
watched service that v1 got because our process was away: it has the mark of another process.

A service is watched while its reads are divided or compared: its requests take the detour all that time. A client that
has just written must not read from the side that lacks the write, which Envoy cannot know, and Envoy discards the
responses to copies instead of comparing them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from strangler.model.authority import Side
from strangler.project import RouteMatch
from strangler_gateway.envoy_engine.counting import BEGUN, ENDED, READ, UNDER_WAY, Sample
from strangler_gateway.envoy_engine.resources import PLANE, PLANE_OR_V1
from strangler_gateway.export.setting import DETOURED, Detour
from strangler_gateway.hold import Hold
from strangler_gateway.requests.facts import SAFE_METHODS
from strangler_gateway.routing.plan import Plan, Route
from strangler_gateway.traffic import Traffic

_MARK = " ~"


@dataclass(frozen=True, slots=True)
class _Held:
    """A detour for a hold: the `further` routes, and the first mark with which requests take it."""

    further: tuple[RouteMatch, ...]
    since: str


@dataclass(slots=True)
class Detours:
    """The services on a detour now; `new_mark` returns a name that no process has used before."""

    new_mark: Callable[[], str]
    _held: dict[str, _Held] = field(default_factory=dict[str, _Held])
    _watched: dict[str, str] = field(default_factory=dict[str, str])
    _marks: list[str] = field(default_factory=list[str])

    def watch(self, services: frozenset[str]) -> frozenset[str]:
        """Put exactly these services on the watched detour; return those that were not on it before."""
        new = services - self._watched.keys()
        since = self._next_mark() if new else ""
        self._watched = {service: self._watched.get(service, since) for service in services}
        return new

    def begin(self, service: str, further: tuple[RouteMatch, ...]) -> None:
        """Put a service's requests and those for `further` routes on the detour of a hold."""
        held = self._held.get(service)
        if held is None or held.further != further:
            self._held[service] = _Held(further, self._next_mark())

    def end(self, service: str) -> bool:
        """End the detour of a service's hold; return whether there was one."""
        return self._held.pop(service, None) is not None

    def __contains__(self, service: str) -> bool:
        return service in self._held

    def over(self, holds: Callable[[str], Hold | None]) -> list[str]:
        """Return the services on a hold's detour whose hold has ended or expired."""
        return [service for service in self._held if (hold := holds(service)) is None or not hold.active]

    def current(self) -> Detour | None:
        """Return the detour for Envoy's configuration, None when there is none."""
        if not self._held and not self._watched:
            return None
        further = dict.fromkeys(route for held in self._held.values() for route in held.further)
        watched = frozenset(self._watched)
        return Detour(PLANE, frozenset(self._held), tuple(further), self._marks[-1], watched, PLANE_OR_V1)

    def reads(self, service: str) -> bool:
        """Whether requests with a reading method write a service's tables, so that reads must be counted too."""
        return READ in self._listed(service)

    def past(self, service: str, samples: Iterable[Sample], plan: Plan) -> int:
        """Count the requests in flight that write a service's tables and began before its detour."""
        return self._earlier(service, samples, plan).total()

    def watched_past(self, service: str, samples: Iterable[Sample], plan: Plan) -> int:
        """Count those of `past` that were on the watched detour: our data plane has them, or v1 in its absence."""
        earlier = self._earlier(service, samples, plan)
        return sum(number for name, number in earlier.items() if name.startswith(DETOURED))

    def _earlier(self, service: str, samples: Iterable[Sample], plan: Plan) -> Counter[str]:
        """Count the requests of `past` by the names of their routes."""
        own = {route.name for route in plan.routes if route.service == service}
        held = self._held.get(service)
        listed = self._listed(service)
        later = self._marks_since(held.since if held else self._watched.get(service))
        earlier = [sample for sample in samples if _mark_of(sample.labels.get("route", "")) not in later]
        writes = (sample for sample in earlier if sample.name == UNDER_WAY and _writes(sample, own, listed))
        found = _by_route(writes)
        return found + _reads(earlier) if self.reads(service) else found

    def _listed(self, service: str) -> frozenset[str]:
        held = self._held.get(service)
        return _methods(held.further if held else ())

    def _marks_since(self, mark: str | None) -> Collection[str]:
        return self._marks[self._marks.index(mark) :] if mark is not None else ()

    def _next_mark(self) -> str:
        self._marks.append(_MARK + self.new_mark())
        return self._marks[-1]


def watched_services(traffic: Traffic, owners: frozenset[str]) -> frozenset[str]:
    """Return the services to watch: those whose reads are compared, and those with tables whose reads are divided."""
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
    """Return the name of a route without the prefix and mark of a detour."""
    return name.removeprefix(DETOURED).partition(_MARK)[0]


def _methods(further: Iterable[RouteMatch]) -> frozenset[str]:
    """Return the methods of the further routes; a route without methods stands for all unsafe ones."""
    listed = frozenset(method for route in further for method in route.methods or ("POST", "PUT", "PATCH", "DELETE"))
    return listed | {"HEAD"} if READ in listed else listed


def _writes(sample: Sample, own: set[str], listed: frozenset[str]) -> bool:
    method = sample.labels.get("method", "")
    return method in listed or (method not in SAFE_METHODS and plain(sample.labels.get("route", "")) in own)


def _reads(samples: Sequence[Sample]) -> Counter[str]:
    """Count the reads in flight by route name: requests that have begun, less those that ended and those not reads.

    Correct only for names with which no request begins any more. The counts of ends lag by up to a second.
    """
    begun, ended, others = (
        _by_route(sample for sample in samples if sample.name == name) for name in (BEGUN, ENDED, UNDER_WAY)
    )
    return begun - ended - others


def _by_route(samples: Iterable[Sample]) -> Counter[str]:
    found: Counter[str] = Counter()
    for sample in samples:
        found[sample.labels.get("route", "")] += int(sample.value)
    return found


def _mark_of(name: str) -> str:
    _, mark, rest = name.rpartition(_MARK)
    return mark + rest if mark else ""
