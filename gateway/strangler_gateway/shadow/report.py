"""What shadowing has found, as it is told to administrators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from strangler_gateway.shadow.counts import ShadowCounts, sum_of
from strangler_gateway.shadow.ledger import Summary, total


@dataclass(frozen=True, slots=True)
class RouteDiffs:
    """What is known of a route of which `share` percent are shadowed now.

    `unasked` is how often a pair was called different without asking v1 again, the route's budget being used up.
    """

    service: str
    share: float
    counts: ShadowCounts
    summary: Summary
    unasked: int = 0


@dataclass(frozen=True, slots=True)
class Diffs:
    """Every route that is shadowed, or was since the last order, by its name."""

    routes: dict[str, RouteDiffs] = field(default_factory=dict[str, RouteDiffs])


def merged(parts: Iterable[Diffs]) -> Diffs:
    """Return what several gateways, or processes of one, know together."""
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
