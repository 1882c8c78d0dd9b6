"""What goes through our own data plane for the moments of a move, and what is still on its way past it.

Envoy can not hold requests, nor count those of one service; our own data plane does both. Before it holds anything,
Envoy sends everything of the service there. What Envoy has sent elsewhere before that is told by the names of the
routes, which change with each detour: a request keeps the name it began with. So does one that was to be watched while
nobody was there to do it, and which v1 has therefore: it has the mark of another process.

The requests of a service whose reads are divided, or compared, go there for as long as they are: who has just written
must not read from the side that does not have it yet, which Envoy can not know, and it throws away what is compared.
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
    """A detour for a hold: the `further` routes, and the mark from which on requests take it."""

    further: tuple[RouteMatch, ...]
    since: str


@dataclass(slots=True)
class Detours:
    """The services that take a detour now; `new_mark` gives a name that no process has given before."""

    new_mark: Callable[[], str]
    _held: dict[str, _Held] = field(default_factory=dict[str, _Held])
    _watched: dict[str, str] = field(default_factory=dict[str, str])
    _marks: list[str] = field(default_factory=list[str])

    def watch(self, services: frozenset[str]) -> frozenset[str]:
        """Let the requests of some services take the detour until told otherwise; return whose did not."""
        new = services - self._watched.keys()
        since = self._next_mark() if new else ""
        self._watched = {service: self._watched.get(service, since) for service in services}
        return new

    def begin(self, service: str, further: tuple[RouteMatch, ...]) -> None:
        """Let a service's requests and those for `further` routes take the detour."""
        held = self._held.get(service)
        if held is None or held.further != further:
            self._held[service] = _Held(further, self._next_mark())

    def end(self, service: str) -> bool:
        """Let a service's requests go their own way; return whether they did not."""
        return self._held.pop(service, None) is not None

    def __contains__(self, service: str) -> bool:
        return service in self._held

    def over(self, holds: Callable[[str], Hold | None]) -> list[str]:
        """Return the services whose hold has ended by itself."""
        return [service for service in self._held if (hold := holds(service)) is None or not hold.active]

    def current(self) -> Detour | None:
        """Return what Envoy has to know."""
        if not self._held and not self._watched:
            return None
        further = dict.fromkeys(route for held in self._held.values() for route in held.further)
        watched = frozenset(self._watched)
        return Detour(PLANE, frozenset(self._held), tuple(further), self._marks[-1], watched, PLANE_OR_V1)

    def reads(self, service: str) -> bool:
        """Whether some requests that read by their method write a service's tables: then they have to be counted."""
        return READ in self._listed(service)

    def past(self, service: str, samples: Iterable[Sample], plan: Plan) -> int:
        """Count the requests that write a service's tables and began before its detour; `reads` if these do."""
        return self._earlier(service, samples, plan).total()

    def watched_past(self, service: str, samples: Iterable[Sample], plan: Plan) -> int:
        """Count those of them that were to be watched: our data plane has them, or v1 where nobody was there."""
        earlier = self._earlier(service, samples, plan)
        return sum(number for name, number in earlier.items() if name.startswith(DETOURED))

    def _earlier(self, service: str, samples: Iterable[Sample], plan: Plan) -> Counter[str]:
        """Return them by the names of their routes."""
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
    listed = frozenset(method for route in further for method in route.methods or ("POST", "PUT", "PATCH", "DELETE"))
    return listed | {"HEAD"} if READ in listed else listed


def _writes(sample: Sample, own: set[str], listed: frozenset[str]) -> bool:
    method = sample.labels.get("method", "")
    return method in listed or (method not in SAFE_METHODS and plain(sample.labels.get("route", "")) in own)


def _reads(samples: Sequence[Sample]) -> Counter[str]:
    """Return the reads under way: what has begun and has not ended, without what is no read.

    Of routes whose names no request begins with any more. How many have ended is known up to a second late.
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
