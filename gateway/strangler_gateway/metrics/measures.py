"""Numbers with names and labels: what one process has counted, and the same of several processes.

Names and labels follow https://prometheus.io/docs/practices/naming/: base units, ``_total`` for what only grows. Labels
have few values: routes, services, upstreams and hosts of the plan, never anything a client sends.
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
    """What a number does, and how those of several processes become one.

    What is COUNTED only grows and is added up, like an AMOUNT that goes up and down; of a STATE, such as whether a
    breaker is open, the highest stands for all.
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
    """How many observations were in each bucket, the last of which has no upper bound, and their sum."""

    buckets: tuple[int, ...]
    sum: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """One distribution for each combination of labels; a bucket takes what is up to its bound."""

    name: str
    about: str
    bounds: tuple[float, ...]
    values: tuple[tuple[Labels, Distribution], ...]

    def within(self, bounds: Sequence[float]) -> Histogram:
        """Return it with other bounds; what was between two of those is taken for the longer."""
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
        """What stays true when the process that counted it has ended."""
        return replace(self, series=tuple(one for one in self.series if one.kind is Kind.COUNTED))


def counted(name: str, about: str, values: Iterable[tuple[Labels, float]]) -> Series:
    """Return what only grows; its name ends in ``_total``."""
    return _series(name, Kind.COUNTED, about, values)


def amount(name: str, about: str, values: Iterable[tuple[Labels, float]]) -> Series:
    """Return how much of something there is."""
    return _series(name, Kind.AMOUNT, about, values)


def state(name: str, about: str, values: Iterable[tuple[Labels, float]]) -> Series:
    """Return what is true of all processes, or of one too many."""
    return _series(name, Kind.STATE, about, values)


def _series(name: str, kind: Kind, about: str, values: Iterable[tuple[Labels, float]]) -> Series:
    return Series(f"{PREFIX}_{name}", kind, about, tuple((labels, float(value)) for labels, value in values))


def total(measures: Sequence[Measures]) -> Measures:
    """Make one of what several processes have counted."""
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
