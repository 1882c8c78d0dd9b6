"""The results of shadowing, as administrators see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from strangler_gateway.shadow.counts import ShadowCounts, sum_of
from strangler_gateway.shadow.ledger import Summary, total


@dataclass(frozen=True, slots=True)
class RouteDiffs:
    """The results of a route of which `share` percent of the requests are shadowed now.

    `unasked` counts the pairs that were declared different without asking v1 again, since the route's budget was spent.
    """

    service: str
    share: float
    counts: ShadowCounts
    summary: Summary
    unasked: int = 0


@dataclass(frozen=True, slots=True)
class Diffs:
    """The results by route name, of every route that is shadowed or was since the last order."""

    routes: dict[str, RouteDiffs] = field(default_factory=dict[str, RouteDiffs])


def merged(parts: Iterable[Diffs]) -> Diffs:
    """Combine the results of several gateways, or of several processes of one."""
    found: dict[str, list[RouteDiffs]] = {}
    for part in parts:
        for name, route in part.routes.items():
            found.setdefault(name, []).append(route)
    return Diffs(
        {
            name: RouteDiffs(
                routes[0].service,
                max(route.share for route in routes),
                sum_of(route.counts for route in routes),
                total(route.summary for route in routes),
                sum(route.unasked for route in routes),
            )
            for name, routes in sorted(found.items())
        }
    )
