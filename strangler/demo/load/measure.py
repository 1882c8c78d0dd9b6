"""The load's measurements: counts and latencies from the intended start, in total and per second."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """The category that a request is counted in."""

    READ = "read"
    WRITE = "write"
    PROBE = "probe"
    """A read of what the same client has just written."""


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One finished request.

    `due` is in seconds since the load began, `latency` in seconds from then until the answer was complete.
    """

    kind: Kind
    due: float
    latency: float
    failed: bool


class Figures(msgspec.Struct, frozen=True):
    """The figures of one kind of request; times are in milliseconds from the intended start to the whole answer."""

    sent: int
    failed: int
    p50: float
    p99: float
    longest: float


class Second(msgspec.Struct, frozen=True):
    """One second of the run, by the time the requests were due."""

    second: int
    sent: int
    failed: int
    p50: float
    p99: float
    longest: float


class Pulse(msgspec.Struct, frozen=True):
    """The state of a running load for a spectator; `recent` covers the answers since the last pulse."""

    seconds: float
    sent: int
    failed: int
    acknowledged: int
    longest_write: float
    recent: Figures


class Summary(msgspec.Struct, frozen=True):
    """A whole run; `late` is the furthest that the load itself fell behind its schedule, in ms.

    `unsent` requests were offered but not sent: they were due while too many others were waiting for an answer, or were
    still waiting for a connection when the run ended.
    """

    seconds: float
    offered: int
    sent: int
    failed: int
    failures: dict[str, int]
    reads: Figures
    writes: Figures
    probes: Figures
    acknowledged: int
    refused: int
    unknown: int
    unsent: int
    late: float
    started_at: float
    timeline: list[Second]


@dataclass(slots=True)
class Measures:
    """Collects the data of `summary`; times are seconds of one monotonic clock."""

    begun: float
    offered: int = 0
    unsent: int = 0
    late: float = 0.0
    failures: Counter[str] = field(default_factory=Counter[str])
    samples: list[Sample] = field(default_factory=list[Sample])
    _pulsed: int = 0
    _longest_write: float = 0.0

    def offer(self, due: float, now: float) -> None:
        """Count a request that is due."""
        self.offered += 1
        self.late = max(self.late, now - due)

    def count(self, kind: Kind, due: float, answered: float, failure: str | None) -> None:
        """Count a finished request; `failure` says what was wrong with the answer."""
        self.samples.append(Sample(kind, due - self.begun, answered - due, failure is not None))
        if kind is Kind.WRITE:
            self._longest_write = max(self._longest_write, answered - due)
        if failure is not None:
            self.failures[f"{kind}: {failure}"] += 1

    @property
    def sent(self) -> int:
        """The number of requests that were answered or failed."""
        return len(self.samples)

    def summary(self, now: float, started_at: float, outcomes: Counter[str]) -> Summary:
        """Return the figures so far; `started_at` is the wall-clock time of the start."""
        return Summary(
            seconds=round(now - self.begun, 3),
            offered=self.offered,
            sent=self.sent,
            failed=self.failures.total(),
            failures=dict(self.failures.most_common()),
            reads=self._figures(Kind.READ),
            writes=self._figures(Kind.WRITE),
            probes=self._figures(Kind.PROBE),
            acknowledged=outcomes["acknowledged"],
            refused=outcomes["refused"],
            unknown=outcomes["unknown"],
            unsent=self.unsent,
            late=_milliseconds(self.late),
            started_at=started_at,
            timeline=self._timeline(),
        )

    def pulse(self, now: float, acknowledged: int) -> Pulse:
        """Return the state of the run, and start a new interval of recent requests."""
        recent = self.samples[self._pulsed :]
        self._pulsed = len(self.samples)
        return Pulse(
            seconds=round(now - self.begun, 1),
            sent=self.sent,
            failed=self.failures.total(),
            acknowledged=acknowledged,
            longest_write=_milliseconds(self._longest_write),
            recent=figures_of(recent),
        )

    def _figures(self, kind: Kind) -> Figures:
        return figures_of([sample for sample in self.samples if sample.kind is kind])

    def _timeline(self) -> list[Second]:
        seconds: dict[int, list[Sample]] = {}
        for sample in self.samples:
            seconds.setdefault(int(sample.due), []).append(sample)
        figures = {second: figures_of(samples) for second, samples in sorted(seconds.items())}
        return [Second(second, f.sent, f.failed, f.p50, f.p99, f.longest) for second, f in figures.items()]


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of an ordered sequence, 0.0 for an empty one; `share` is 0 to 1."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def figures_of(samples: Sequence[Sample]) -> Figures:
    """Return the figures of some requests, whatever their kind."""
    ordered = sorted(sample.latency for sample in samples)
    return Figures(
        len(samples),
        sum(sample.failed for sample in samples),
        _milliseconds(percentile(ordered, 0.5)),
        _milliseconds(percentile(ordered, 0.99)),
        _milliseconds(ordered[-1] if ordered else 0.0),
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
