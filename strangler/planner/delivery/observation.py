"""Turns the counts of gateways into evidence about both sides."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from strangler.model.authority import Side
from strangler.planner.delivery.evidence import Evidence, SideEvidence
from strangler_gateway.metrics.measures import PREFIX, Distribution, Measures
from strangler_gateway.shadow.report import Diffs

_NO_ANSWER = "none"
_ERRORS = "5xx"


def observed(measures: Measures, diffs: Diffs, routes: Collection[str]) -> Evidence:
    """Return what one gateway has counted for some routes since it started.

    A request that v1 answered because v2 failed counts as v2's, and as an error. A request whose client left before the
    answer says nothing about errors, but its waiting time counts. Pairs whose whole body is noise are not compared.
    """
    fallbacks = int(sum(number for _, number in _values(measures, "fallbacks_total", routes)))
    v1, v2 = (_side(measures, routes, side) for side in Side)
    shadows = [found.summary for name, found in diffs.routes.items() if name in routes]
    return Evidence(
        SideEvidence(max(v1.requests - fallbacks, 0), v1.errors, v1.buckets),
        SideEvidence(v2.requests + fallbacks, v2.errors + fallbacks, v2.buckets),
        sum(summary.told for summary in shadows),
        sum(summary.unexplained for summary in shadows),
    )


def times_of(measures: Measures) -> tuple[float, ...]:
    """Return the upper bounds of the latency buckets, in seconds."""
    return next((one.bounds for one in measures.histograms if one.name == _DURATION), ())


def _side(measures: Measures, routes: Collection[str], side: Side) -> SideEvidence:
    requests = errors = 0
    for labels, number in _values(measures, "requests_total", routes):
        if labels["side"] == side and labels["code"] != _NO_ANSWER:
            requests += int(number)
            errors += int(number) if labels["code"] == _ERRORS else 0
    found = SideEvidence(requests, errors)
    for distribution in _distributions(measures, routes, side):
        found = found.plus(SideEvidence(buckets=distribution.buckets))
    return found


def _values(measures: Measures, name: str, routes: Collection[str]) -> Iterator[tuple[dict[str, str], float]]:
    for series in measures.series:
        if series.name == f"{PREFIX}_{name}":
            for labels, number in series.values:
                named = dict(labels)
                if named.get("route") in routes:
                    yield named, number


def _distributions(measures: Measures, routes: Collection[str], side: Side) -> Iterator[Distribution]:
    for histogram in measures.histograms:
        if histogram.name == _DURATION:
            for labels, distribution in histogram.values:
                named = dict(labels)
                if named.get("route") in routes and named["side"] == side:
                    yield distribution


_DURATION = f"{PREFIX}_request_duration_seconds"
