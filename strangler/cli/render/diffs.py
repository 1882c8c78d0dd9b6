"""In what the answers of the two sides differ, as lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from strangler.model.quantity import quantity
from strangler_gateway.shadow.comparer import Difference, Place
from strangler_gateway.shadow.ledger import Pattern
from strangler_gateway.shadow.report import Diffs, RouteDiffs

MOST_PATTERNS = 10
MOST_SAMPLES = 1


def diffs_lines(diffs: Diffs) -> Iterator[str]:
    """Yield what is known of each route: counts, then the places without an explanation, the most frequent first."""
    if not diffs.routes:
        yield "nothing is shadowed; run: strangler gateway shadow SERVICE --sample 10%"
    for name, route in diffs.routes.items():
        yield from _route_lines(name, route)


def _route_lines(name: str, route: RouteDiffs) -> Iterator[str]:
    summary = route.summary
    yield (
        f"{name} ({route.service}, {route.share:g} % shadowed): {summary.compared} compared, {summary.equal} equal, "
        f"{summary.explained} explained by v1 itself, {summary.unexplained} unexplained "
        f"({100 * summary.unexplained_rate:.3g} %)"
    )
    if lost := [f"{number} {what.replace('_', ' ')}" for what, number in asdict(route.counts).items() if number]:
        yield f"  not compared: {', '.join(lost)}"
    unexplained = [pattern for pattern in summary.patterns if pattern.unexplained]
    for pattern in unexplained[:MOST_PATTERNS]:
        yield from _pattern_lines(pattern)
    if len(unexplained) > MOST_PATTERNS:
        yield f"  ... and {len(unexplained) - MOST_PATTERNS} more; --json shows all"
    if noisy := [_place(noise.place) for noise in summary.noise if noise.noisy]:
        yield f"  v1 contradicts itself in: {', '.join(noisy)}"


def _pattern_lines(pattern: Pattern) -> Iterator[str]:
    yield f"  {quantity(pattern.pairs, 'pair')}: {', '.join(map(_place, pattern.unexplained))}"
    for sample in pattern.samples[:MOST_SAMPLES]:
        for difference in sample.differences:
            if difference.place in pattern.unexplained:
                yield f"    {_difference(difference)}"


def _place(place: Place) -> str:
    return f"{place.path.strip()} ({place.kind})"


def _difference(difference: Difference) -> str:
    return f"{difference.place.path.strip()}: v1 {difference.v1}, v2 {difference.v2}"
