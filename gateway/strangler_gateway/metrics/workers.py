"""Adds up what the workers of one gateway count, so that no sum falls when a worker ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from strangler_gateway.metrics.measures import Measures, total


@dataclass(frozen=True, slots=True)
class WorkerMeasures:
    """What one process has counted since it started."""

    pid: int
    measures: Measures


class WorkerTotals:
    """The counts of all workers there ever were, as far as they were heard."""

    def __init__(self) -> None:
        self._last: dict[int, WorkerMeasures] = {}
        self._ended = Measures()

    def total(self, heard: Mapping[int, WorkerMeasures], own: Measures) -> Measures:
        """Return the sum; `heard` has what was said just now, by the place of the worker.

        A place that says nothing counts with what it said last. Where another process says something, the counters of
        the one before stay: Prometheus would take a sum that falls for a restart of everything.
        """
        for place, now in heard.items():
            last = self._last.get(place)
            if last is not None and last.pid != now.pid:
                self._ended = total([self._ended, last.measures.kept])
            self._last[place] = now
        present = [one.measures if place in heard else one.measures.kept for place, one in sorted(self._last.items())]
        return total([own, self._ended, *present])
