"""The differences between the answers of the two sides, as lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from strangler.model.quantity import quantity
from strangler_gateway.shadow.comparer import BODY, DifferencePlace, Kind
from strangler_gateway.shadow.ledger import Pattern
from strangler_gateway.shadow.report import Diffs, RouteDiffs

MOST_PLACES = 10


def diffs_lines(diffs: Diffs) -> Iterator[str]:
    """Yield the results of each route: counts, then the unexplained places, most frequent first."""
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
    if route.counts.pinned > summary.compared:
        yield (
            "  pinned are reads of clients that have just written, until the follower has brought the write to the"
            f" other side: does it run, and is it less than a second behind? strangler journal follow {route.service};"
            " let clients that only read send requests, too"
        )
    if summary.body_noise:
        yield _noise_line(route)
    if route.unasked:
        times = quantity(route.unasked, "time")
        yield (
            f"  {times} a pair was called different without asking again: too many differ for the budget of this"
            " route, so some may be writes that came between the two answers; mend first what differs most"
        )
    places = _places(pattern for pattern in summary.patterns if pattern.unexplained)
    for place, found in places[:MOST_PLACES]:
        yield f"  {quantity(found.pairs, 'pair')}: {_place(place)}{found.example}"
    if len(places) > MOST_PLACES:
        yield f"  ... and {quantity(len(places) - MOST_PLACES, 'place')} more; --json shows all"
    if noisy := [_place(noise.place) for noise in summary.noise if noise.noisy]:
        yield f"  v1 contradicts itself in: {', '.join(noisy)}"


def _noise_line(route: RouteDiffs) -> str:
    """Say that bodies were not compared, and how they could be."""
    summary = route.summary
    cut = any(one.noisy and one.place == DifferencePlace(BODY, Kind.LENGTH) for one in summary.noise)
    mend = (
        "let [gateway.shadow] body be larger than these bodies"
        if cut
        else "let v1 say the same twice (a page with a token or a time in it never does)"
    )
    return (
        f"  {'of' if summary.told else 'unproven: of'} {quantity(summary.body_noise, 'pair')} the whole body is noise,"
        f" and v2's was compared with nothing; {mend}, or compare by other means, and then: strangler plan"
        f" {route.service} --done compare --because HOW"
    )


@dataclass(slots=True)
class _Found:
    """The number of pairs that differ at a place without an explanation, and an example."""

    pairs: int = 0
    example: str = ""


def _places(patterns: Iterable[Pattern]) -> list[tuple[DifferencePlace, _Found]]:
    """Return each place once, however many sets of places contain it; most frequent first."""
    found: defaultdict[DifferencePlace, _Found] = defaultdict(_Found)
    for pattern in patterns:
        for place in pattern.unexplained:
            one = found[place]
            one.pairs += pattern.pairs
            one.example = one.example or _example(place, pattern)
    return sorted(found.items(), key=lambda item: -item[1].pairs)


def _example(place: DifferencePlace, pattern: Pattern) -> str:
    differences = (one for sample in pattern.samples for one in sample.differences if one.place == place)
    return next((f": v1 {one.v1}, v2 {one.v2}" for one in differences), "")


def _place(place: DifferencePlace) -> str:
    return f"{place.path.strip()} ({place.kind})"
