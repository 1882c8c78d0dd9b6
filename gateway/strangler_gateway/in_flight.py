"""Requests between the routing decision and the end of their response."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from strangler.model.authority import Side
from strangler_gateway.transport.origin import Origin


class Ticket:
    """One request on its way to `side`; `service` is None when no route matches it.

    `route` is the name of its route, as in ``GET,POST /api/reviews``. `marks` identify the client of a write; `origins`
    are the upstreams of its arm, empty when it goes to those of the side.
    """

    __slots__ = ("arm", "marks", "method", "origins", "path", "route", "service", "side")

    def __init__(self, service: str | None, side: Side, method: str, path: str, route: str | None = None) -> None:
        self.service = service
        self.side = side
        self.method = method
        self.path = path
        self.route = route
        self.marks: frozenset[bytes] = _NOBODY
        self.arm: str | None = None
        self.origins: tuple[Origin, ...] = ()

    def turn_to_v1(self) -> None:
        """Send it to v1, which answers in place of v2, and count it there from now on."""
        self.side, self.arm, self.origins = Side.V1, None, ()


@dataclass(frozen=True, slots=True)
class SideCount:
    """How many requests are in flight to one side: `read` with a safe method, `write` with an unsafe one."""

    read: int = 0
    write: int = 0


@dataclass(frozen=True, slots=True)
class RouteCount:
    """How many requests of a route are in flight to one side."""

    route: str
    side: Side
    requests: int


@dataclass(frozen=True, slots=True)
class InFlight:
    """The requests of a service in flight, how many wait in its hold, and whether a hold is on.

    During a hold, requests for its further routes count as writes. `routes` has the same counts by route and side.
    """

    v1: SideCount = field(default_factory=SideCount)
    v2: SideCount = field(default_factory=SideCount)
    waiting: int = 0
    holding: bool = False
    routes: tuple[RouteCount, ...] = ()

    def of(self, side: Side) -> SideCount:
        """Return the count of one side."""
        return self.v1 if side is Side.V1 else self.v2

    def with_writes(self, side: Side, number: int) -> InFlight:
        """Return a copy with `number` more writes in flight to one side."""
        count = replace(self.of(side), write=self.of(side).write + number)
        return replace(self, v1=count) if side is Side.V1 else replace(self, v2=count)


def total(counts: Sequence[InFlight]) -> InFlight:
    """Add up the requests in flight of several processes; a hold is on only when all of them hold."""
    routes: Counter[tuple[str, Side]] = Counter()
    for count in counts:
        for of_route in count.routes:
            routes[of_route.route, of_route.side] += of_route.requests
    return InFlight(
        v1=SideCount(sum(c.v1.read for c in counts), sum(c.v1.write for c in counts)),
        v2=SideCount(sum(c.v2.read for c in counts), sum(c.v2.write for c in counts)),
        waiting=sum(count.waiting for count in counts),
        holding=bool(counts) and all(count.holding for count in counts),
        routes=tuple(RouteCount(route, side, number) for (route, side), number in sorted(routes.items())),
    )


_NOBODY: Final = frozenset[bytes]()
