"""Adds up the measures of a gateway's workers, so that no counter falls when a worker ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strangler_gateway.metrics.measures import Measures, total


@dataclass(frozen=True, slots=True)
class WorkerMeasures:
    """The measures of one process since it started."""

    pid: int
    measures: Measures


class WorkerTotals:
    """The sums over all workers there ever were, as far as they reported."""

    def __init__(self) -> None:
        self._last: dict[int, WorkerMeasures] = {}
        self._ended = Measures()

    def total(self, heard: Mapping[int, WorkerMeasures], own: Measures) -> Measures:
        """Return the sum of `own` and all workers; `heard` has the reports of just now, by the worker's place.

        A place is the position of a worker in its gateway, which its successor takes. Without a report, a place counts
        with the counters it reported last. When a new process reports, the counters of the one before are kept:
        Prometheus would take a falling sum for a restart of everything.
        """
        for place, now in heard.items():
            last = self._last.get(place)
            if last is not None and last.pid != now.pid:
                self._ended = total([self._ended, last.measures.kept])
            self._last[place] = now
        present = [one.measures if place in heard else one.measures.kept for place, one in sorted(self._last.items())]
        return total([own, self._ended, *present])
