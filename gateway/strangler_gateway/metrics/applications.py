"""The state of the applications behind the gateway, derived from its measures, for one process as for several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strangler_gateway.metrics.measures import PREFIX, Labels, Measures


@dataclass(frozen=True, slots=True)
class ApplicationStatus:
    """Counts since the gateway started, and the present state of one application.

    `out` are the hosts that get no requests now, ejected or unhealthy; `fallbacks` counts the requests that v1 answered
    in its place.
    """

    breaker_open: bool = False
    breaker_openings: int = 0
    retries: int = 0
    retries_refused: int = 0
    fallbacks: int = 0
    ejections: int = 0
    out: tuple[str, ...] = ()


def application_statuses(measures: Measures) -> dict[str, ApplicationStatus]:
    """Return the status of each application by name: ``monolith``, or the service whose v2 it is."""
    series = {one.name.removeprefix(f"{PREFIX}_"): one.values for one in measures.series}

    def by(label: str, name: str) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for labels, value in series.get(name, ()):
            key = dict(labels)[label]
            found[key] = found.get(key, 0) + value
        return found

    openings, retries = by("application", "breaker_openings_total"), by("application", "retries_total")
    refused, ejections = by("application", "retries_refused_total"), by("application", "ejections_total")
    fallbacks = by("service", "fallbacks_total")
    out: dict[str, set[str]] = {}
    for name in ("host_ejected", "host_unhealthy"):
        for labels, value in series.get(name, ()):
            if value:
                application, upstream = _host(labels)
                out.setdefault(application, set()).add(upstream)
    return {
        name: ApplicationStatus(
            breaker_open=bool(is_open),
            breaker_openings=int(openings.get(name, 0)),
            retries=int(retries.get(name, 0)),
            retries_refused=int(refused.get(name, 0)),
            fallbacks=int(fallbacks.get(name, 0)),
            ejections=int(ejections.get(name, 0)),
            out=tuple(sorted(out.get(name, ()))),
        )
        for name, is_open in by("application", "breaker_open").items()
    }


def _host(labels: Labels) -> tuple[str, str]:
    named = dict(labels)
    return named["application"], named["upstream"]
