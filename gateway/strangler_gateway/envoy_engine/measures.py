"""Translates Envoy's counts into the gateway's own metrics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from strangler.model.authority import Side
from strangler_gateway.envoy_engine.counting import BOUNDS, MILLISECONDS, Sample
from strangler_gateway.envoy_engine.detours import plain
from strangler_gateway.envoy_engine.resources import PLANE
from strangler_gateway.export.pools import Pool, Pools
from strangler_gateway.metrics.measures import PREFIX, Distribution, Histogram, Labels, Measures, Series, counted, state
from strangler_gateway.metrics.meter import UNDECLARED, labels_of
from strangler_gateway.routing.plan import Plan, Route

_NONE = "none"


def measures_of(samples: Iterable[Sample], plan: Plan) -> Measures:
    """Return the requests by service, route, side and arm, without those of routes that the plan does not have.

    A request counts where it was answered: at v1 when that answered in place of v2. Our own data plane counts the
    requests that it answered itself.
    """
    rows = _Rows(plan)
    for sample in samples:
        rows.add(sample)
    return Measures((rows.requests(), *_applications(samples, plan)), (rows.durations(),))


@dataclass(slots=True)
class _Row:
    codes: dict[str, float] = field(default_factory=dict[str, float])
    below: dict[str, float] = field(default_factory=dict[str, float])
    seconds: float = 0.0


class _Rows:
    def __init__(self, plan: Plan) -> None:
        self._routes = {route.name: route for route in plan.routes}
        self._pools = _by_host(plan)
        self._rows: dict[Labels, _Row] = {}

    def add(self, sample: Sample) -> None:
        """Add a sample of the histogram of requests; ignore all others."""
        if not sample.name.startswith(MILLISECONDS) or (labels := self._labels(sample)) is None:
            return
        row = self._rows.setdefault(labels, _Row())
        if sample.name == f"{MILLISECONDS}_count":
            code = _class_of(sample.labels.get("code", ""))
            row.codes[code] = row.codes.get(code, 0) + sample.value
        elif sample.name == f"{MILLISECONDS}_bucket":
            bound = sample.labels["le"]
            row.below[bound] = row.below.get(bound, 0) + sample.value
        elif sample.name == f"{MILLISECONDS}_sum":
            row.seconds += sample.value / 1000

    def _labels(self, sample: Sample) -> Labels | None:
        if sample.labels.get("host") == PLANE:
            return None
        name = plain(sample.labels.get("route", ""))
        route = self._routes.get(name)
        if route is None and name not in {UNDECLARED, "", "-"}:
            return None
        pool = self._pools.get(sample.labels.get("host", ""))
        side = pool.side if pool is not None else Side.V1
        return labels_of(route.service if route else None, route.name if route else None, side, _arm(route, pool))

    def requests(self) -> Series:
        return counted(
            "requests_total",
            "Requests that were let in, by the first digit of the status their clients got.",
            (
                ((*labels, ("code", code)), number)
                for labels, row in self._rows.items()
                for code, number in sorted(row.codes.items())
            ),
        )

    def durations(self) -> Histogram:
        return Histogram(
            f"{PREFIX}_request_duration_seconds",
            "From the arrival of a request to the end of its response.",
            BOUNDS,
            tuple((labels, Distribution(_buckets(row.below), row.seconds)) for labels, row in self._rows.items()),
        )


def _buckets(below: Mapping[str, float]) -> tuple[int, ...]:
    """Return the counts of single buckets from Envoy's cumulative ones."""
    up_to = [int(below.get(bound, 0)) for bound in (*(f"{bound * 1000:g}" for bound in BOUNDS), "+Inf")]
    return tuple(number - before for before, number in zip([0, *up_to], up_to, strict=False))


def _class_of(code: str) -> str:
    return f"{code[0]}xx" if len(code) == 3 and code != "000" else _NONE


def _by_host(plan: Plan) -> Mapping[str, Pool]:
    """Return the pool of each host; for a host in several pools, the first one."""
    found: dict[str, Pool] = {}
    for pool in Pools(plan).all():
        for origin in pool.origins:
            found.setdefault(origin.authority.decode(), pool)
    return found


def _arm(route: Route | None, pool: Pool | None) -> str | None:
    """Return the arm of a request, when its pool's hosts belong to a single arm."""
    if route is None or pool is None:
        return None
    named = [arm.name for arm in route.arms if any(origin in pool.origins for origin in arm.origins)]
    return named[0] if len(named) == 1 else None


_CLUSTER = "envoy_cluster_name"


def _applications(samples: Iterable[Sample], plan: Plan) -> Iterator[Series]:
    pools = {pool.name: pool.application for pool in Pools(plan).all()}
    by_name: dict[str, list[tuple[Labels, float]]] = {}
    for sample in samples:
        application = pools.get(sample.labels.get(_CLUSTER, ""))
        if application is not None:
            by_name.setdefault(sample.name, []).append(((("application", application),), sample.value))
    yield counted(
        "retries_total", "Requests that were sent once more.", by_name.get("envoy_cluster_upstream_rq_retry", ())
    )
    yield counted(
        "ejections_total",
        "How often a host was left out because of failures in a row.",
        by_name.get("envoy_cluster_outlier_detection_ejections_enforced_total", ()),
    )
    yield state(
        "hosts_healthy",
        "Hosts that get requests.",
        by_name.get("envoy_cluster_membership_healthy", ()),
    )
