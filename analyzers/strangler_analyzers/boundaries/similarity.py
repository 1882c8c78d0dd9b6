"""The similarity of tables: how strong the evidence is that two belong together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from strangler_analyzers.boundaries.profiles import Features, Profiles, Signal

WEIGHTS: Mapping[Signal, float] = {
    Signal.HOMES: 4.0,
    Signal.FILES: 1.0,
    Signal.SURROUNDINGS: 1.0,
    Signal.PACKAGES: 0.5,
    Signal.NAMES: 0.5,
    Signal.USAGE: 0.25,
    Signal.REQUESTS: 0.25,
    Signal.KEYS: 0.4,
    Signal.TRANSACTIONS: 0.25,
}
"""The weight of each signal, measured on published applications with their folders hidden: docs/boundaries.md.

Requests were not measured, since no such application has access logs: they count as much as usage.
"""

WEIGHTS_WITHOUT_HOMES: Mapping[Signal, float] = {
    Signal.FILES: 1.0,
    Signal.SURROUNDINGS: 0.25,
    Signal.PACKAGES: 0.5,
    Signal.FAMILIES: 1.0,
    Signal.USAGE: 0.25,
    Signal.REQUESTS: 0.25,
    Signal.KEYS: 1.0,
    Signal.RELATIONS: 1.25,
    Signal.TRANSACTIONS: 0.5,
}
"""Where the models are in one file. Measured on the same applications with their models moved to one, and on twelve of
those held out; packages and requests are as above: they say nothing there.
"""

_MOST_PAIRS = 2_000_000
"""The most pairs that one signal may produce; features of few tables come first, since they tell most."""
_MOST_KEPT = 400_000
"""The most pairs kept: with fewer than 600 tables every pair, with 10,000 the closest 40 of each table."""


@dataclass(frozen=True)
class Similarity:
    """The weighted sum of the cosines of two tables' features, by signal, and of their direct links."""

    profiles: Profiles
    weights: Mapping[Signal, float]

    @cached_property
    def neighbours(self) -> tuple[Mapping[int, float], ...]:
        """For each table, by number, its similarity to each other one; symmetric, without zeros."""
        rows: list[dict[int, float]] = [{} for _ in self.profiles.tables]
        for signal, features in self.profiles.features.items():
            if self.weights.get(signal):
                _add_cosines(rows, features, self.weights[signal])
        for signal, links in self.profiles.links.items():
            weight = self.weights.get(signal, 0.0)
            for (first, second), value in links.items() if weight else ():
                rows[first][second] = rows[first].get(second, 0.0) + weight * value
        return _symmetric(rows)

    @property
    def possible(self) -> float:
        """The largest possible similarity: the sum over the signals that tell anything in this system."""
        profiles = self.profiles
        speaking = {signal for signal, rows in profiles.features.items() if any(rows)}
        speaking |= {signal for signal, links in profiles.links.items() if links}
        return sum(self.weights.get(signal, 0.0) for signal in sorted(speaking))

    def parts(self, first: int, second: int) -> Mapping[Signal, float]:
        """The contribution of each signal for one pair, largest first."""
        pair = (min(first, second), max(first, second))
        found = {
            signal: self.weights.get(signal, 0.0) * _cosine(rows[first], rows[second])
            for signal, rows in self.profiles.features.items()
        }
        for signal, links in self.profiles.links.items():
            found[signal] = self.weights.get(signal, 0.0) * links.get(pair, 0.0)
        return {signal: value for signal, value in sorted(found.items(), key=lambda item: -item[1]) if value > 0}


def weights(found: Profiles) -> Mapping[Signal, float]:
    """The weight of each signal; keys and name prefixes count more if homes tell nothing."""
    return WEIGHTS if any(found.features[Signal.HOMES]) else WEIGHTS_WITHOUT_HOMES


def _cosine(first: Features, second: Features) -> float:
    return sum(weight * second.get(feature, 0.0) for feature, weight in first.items())


def _add_cosines(rows: Sequence[dict[int, float]], features: Sequence[Features], scale: float) -> None:
    """Add to each row the scaled cosines with tables of a higher number."""
    holders: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, row in enumerate(features):
        for feature, weight in row.items():
            holders[feature].append((number, weight))
    left = _MOST_PAIRS
    for _, held in sorted(holders.items(), key=lambda item: (len(item[1]), item[0])):
        left -= len(held) * (len(held) - 1) // 2
        if left < 0:
            break
        for position, (first, weight) in enumerate(held):
            row, weight_here = rows[first], weight * scale
            for second, other in held[position + 1 :]:
                row[second] = row.get(second, 0.0) + weight_here * other


def _symmetric(rows: Sequence[dict[int, float]]) -> tuple[Mapping[int, float], ...]:
    """The pairs in both directions, without those far below the closest pairs of both tables."""
    values: list[list[float]] = [[] for _ in rows]
    for first, row in enumerate(rows):
        for second, value in row.items():
            values[first].append(value)
            values[second].append(value)
    closest = _MOST_KEPT // max(1, len(rows))
    least = [sorted(found, reverse=True)[closest - 1] if len(found) > closest else 0.0 for found in values]
    found: list[dict[int, float]] = [{} for _ in rows]
    for first, row in enumerate(rows):
        for second, value in row.items():
            if value >= least[first] or value >= least[second]:
                found[first][second] = found[second][first] = value
        row.clear()
    return tuple(found)
