"""Metrics with names and labels, of one process or added up over several.

Names and labels follow https://prometheus.io/docs/practices/naming/: base units, ``_total`` for counters. Labels have
few values: routes, services, upstreams and hosts of the plan, never anything a client sends.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

V = TypeVar("V")

Labels = tuple[tuple[str, str], ...]

PREFIX = "strangler_gateway"


class Kind(StrEnum):
    """How a number changes, and how the numbers of several processes are combined.

    COUNTED only grows, AMOUNT goes up and down; both are added up. Of a STATE, such as whether a breaker is open, the
    highest value stands for all processes.
    """

    COUNTED = "counted"
    AMOUNT = "amount"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Series:
    """One number for each combination of labels."""

    name: str
    kind: Kind
    about: str
    values: tuple[tuple[Labels, float], ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """The number of observations in each bucket, not cumulative, the last without upper bound; and their sum."""

    buckets: tuple[int, ...]
    sum: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """One distribution for each combination of labels; bounds are inclusive upper bounds of the buckets."""

    name: str
    about: str
    bounds: tuple[float, ...]
    values: tuple[tuple[Labels, Distribution], ...]

    def within(self, bounds: Sequence[float]) -> Histogram:
        """Return it with other bounds; a bucket that falls between two of them counts in the higher one."""
        places = [bisect_left(bounds, bound) for bound in self.bounds] + [len(bounds)]

        def moved(distribution: Distribution) -> Distribution:
            buckets = [0] * (len(bounds) + 1)
            for place, number in zip(places, distribution.buckets, strict=True):
                buckets[place] += number
            return Distribution(tuple(buckets), distribution.sum)

        values = tuple((labels, moved(distribution)) for labels, distribution in self.values)
        return replace(self, bounds=tuple(bounds), values=values)


@dataclass(frozen=True, slots=True)
class Measures:
    """Everything one gateway, or one process of it, has counted."""

    series: tuple[Series, ...] = ()
    histograms: tuple[Histogram, ...] = ()

    @property
    def kept(self) -> Measures:
        """The counters, which stay true after the process that counted them has ended."""
        return replace(self, series=tuple(one for one in self.series if one.kind is Kind.COUNTED))


def counted(name: str, about: str, values: Iterable[tuple[Labels, float]]) -> Series:
    """Return a counter, which only grows; its name ends in ``_total``."""
    return _series(name, Kind.COUNTED, about, values)


def amount(name: str, about: str, values: Iterable[tuple[Labels, float]]) -> Series:
    """Return a gauge that is added up over the processes."""
    return _series(name, Kind.AMOUNT, about, values)


def state(name: str, about: str, values: Iterable[tuple[Labels, float]]) -> Series:
    """Return a gauge whose highest value stands for all processes."""
    return _series(name, Kind.STATE, about, values)


def _series(name: str, kind: Kind, about: str, values: Iterable[tuple[Labels, float]]) -> Series:
    return Series(f"{PREFIX}_{name}", kind, about, tuple((labels, float(value)) for labels, value in values))


def total(measures: Sequence[Measures]) -> Measures:
    """Combine the measures of several processes, each number as its `Kind` says."""
    series: dict[str, Series] = {}
    histograms: dict[str, Histogram] = {}
    for measured in measures:
        for one in measured.series:
            known = series.get(one.name)
            values = _joined((*known.values, *one.values), _WAYS[one.kind]) if known else one.values
            series[one.name] = replace(one, values=values)
        for one in measured.histograms:
            known = histograms.get(one.name)
            distributions = _joined((*known.values, *one.values), _sum) if known else one.values
            histograms[one.name] = replace(one, values=distributions)
    return Measures(tuple(series.values()), tuple(histograms.values()))


def _joined(values: Iterable[tuple[Labels, V]], join: Callable[[V, V], V]) -> tuple[tuple[Labels, V], ...]:
    found: dict[Labels, V] = {}
    for labels, value in values:
        found[labels] = join(found[labels], value) if labels in found else value
    return tuple(found.items())


def _sum(one: Distribution, other: Distribution) -> Distribution:
    buckets = tuple(a + b for a, b in zip(one.buckets, other.buckets, strict=True))
    return Distribution(buckets, one.sum + other.sum)


def _add(one: float, other: float) -> float:
    return one + other


def _most(one: float, other: float) -> float:
    return max(one, other)


_WAYS: dict[Kind, Callable[[float, float], float]] = {Kind.COUNTED: _add, Kind.AMOUNT: _add, Kind.STATE: _most}
