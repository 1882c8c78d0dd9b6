"""What the load saw: counts, latencies from the intended start, and how they were second by second."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a request is counted as."""

    READ = "read"
    WRITE = "write"
    PROBE = "probe"
    """A read of what the same client has just written."""


class Figures(msgspec.Struct, frozen=True):
    """Requests of one kind; times in milliseconds from the intended start to the whole answer."""

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
    """What a spectator sees while the load runs; `recent` is what was answered since the last pulse."""

    seconds: float
    sent: int
    failed: int
    acknowledged: int
    longest_write: float
    recent: Figures


class Summary(msgspec.Struct, frozen=True):
    """All of a run; `late` is the longest time in ms the load itself was behind its schedule.

    Of what was offered, `unsent` requests still waited for a connection when the run ended.
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
    """Collects what `summary` tells; times are seconds of one monotonic clock."""

    begun: float
    offered: int = 0
    unsent: int = 0
    late: float = 0.0
    failures: Counter[str] = field(default_factory=Counter[str])
    _samples: list[tuple[Kind, float, float, bool]] = field(default_factory=list[tuple[Kind, float, float, bool]])

    _pulsed: int = 0
    _longest_write: float = 0.0

    def offer(self, due: float, now: float) -> None:
        """Count a request that is due."""
        self.offered += 1
        self.late = max(self.late, now - due)

    def count(self, kind: Kind, due: float, answered: float, failure: str | None) -> None:
        """Count a request with its end; `failure` says what was wrong with the answer."""
        self._samples.append((kind, due - self.begun, answered - due, failure is not None))
        if kind is Kind.WRITE:
            self._longest_write = max(self._longest_write, answered - due)
        if failure is not None:
            self.failures[f"{kind}: {failure}"] += 1

    @property
    def sent(self) -> int:
        """How many requests have been answered or have failed."""
        return len(self._samples)

    def summary(self, now: float, started_at: float, outcomes: Counter[str]) -> Summary:
        """Return everything so far; `started_at` is the wall clock's time of the begin."""
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
        """Return the state of the run, and begin a new interval of recent requests."""
        recent = self._samples[self._pulsed :]
        self._pulsed = len(self._samples)
        return Pulse(
            seconds=round(now - self.begun, 1),
            sent=self.sent,
            failed=self.failures.total(),
            acknowledged=acknowledged,
            longest_write=_milliseconds(self._longest_write),
            recent=_figures([(latency, failed) for _, _, latency, failed in recent]),
        )

    def _figures(self, kind: Kind) -> Figures:
        return _figures([(latency, failed) for sampled, _, latency, failed in self._samples if sampled is kind])

    def _timeline(self) -> list[Second]:
        seconds: dict[int, list[tuple[float, bool]]] = {}
        for _, due, latency, failed in self._samples:
            seconds.setdefault(int(due), []).append((latency, failed))
        return [
            Second(second, len(samples), sum(failed for _, failed in samples), *_spread(sorted(s[0] for s in samples)))
            for second, samples in sorted(seconds.items())
        ]


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile of an ordered sequence, 0.0 for an empty one; `share` is 0 to 1."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _figures(samples: Sequence[tuple[float, bool]]) -> Figures:
    latencies = sorted(latency for latency, _ in samples)
    return Figures(len(samples), sum(failed for _, failed in samples), *_spread(latencies))


def _spread(ordered: Sequence[float]) -> tuple[float, float, float]:
    return (
        _milliseconds(percentile(ordered, 0.5)),
        _milliseconds(percentile(ordered, 0.99)),
        _milliseconds(ordered[-1] if ordered else 0.0),
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
