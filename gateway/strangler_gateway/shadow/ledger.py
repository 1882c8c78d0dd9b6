"""What the comparisons of one route have shown: counts, samples, and how much of it nothing explains."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from strangler_gateway.shadow.comparer import Difference, Kind, Place

MAX_PATTERNS = 200
"""Sets of places that are told apart; what exceeds them counts as unexplained."""
MAX_PLACES = 1000
MAX_SAMPLES = 3
"""Pairs kept of each set of places."""
NOISE_PAIRS = 2
NOISE_SHARE = 0.05
"""v1 is noisy at a place when it contradicted itself there in so many pairs, and in such a share of them.

Less may be a write between the two answers: it must not hide for ever what v2 does there.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """In what a pair differed."""

    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Pairs that differ at the same places; `unexplained` are those places that v1's own noise does not explain."""

    places: frozenset[Place]
    unexplained: frozenset[Place]
    pairs: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a route: `compared` = `equal` + `explained` + `unexplained`."""

    compared: int
    equal: int
    explained: int
    unexplained: int
    patterns: tuple[Pattern, ...]

    @property
    def unexplained_rate(self) -> float:
        """The share of the pairs that differ somewhere without an explanation."""
        return self.unexplained / self.compared if self.compared else 0.0


class Ledger:
    """Counts the pairs of one route, within bounds however many there are."""

    def __init__(self) -> None:
        self._equal = 0
        self._beyond = 0
        self._patterns: Counter[frozenset[Place]] = Counter()
        self._samples: dict[frozenset[Place], list[Sample]] = {}
        self._noise_pairs = 0
        self._noise: Counter[Place] = Counter()

    def compared(self, found: tuple[Difference, ...]) -> None:
        """Take note of a pair of v1 and v2."""
        if not found:
            self._equal += 1
            return
        places = frozenset(one.place for one in found)
        if places not in self._patterns and len(self._patterns) == MAX_PATTERNS:
            self._beyond += 1
            return
        self._patterns[places] += 1
        samples = self._samples.setdefault(places, [])
        if len(samples) < MAX_SAMPLES:
            samples.append(Sample(found))

    def repeated(self, found: tuple[Difference, ...]) -> None:
        """Take note of a pair of v1 and v1, asked twice."""
        self._noise_pairs += 1
        for place in {one.place for one in found}:
            if place in self._noise or len(self._noise) < MAX_PLACES:
                self._noise[place] += 1

    def noisy(self, place: Place) -> bool:
        """Whether v1 itself says now this, now that at a place.

        A status never counts as noise: an application that fails now and then would explain every failure of v2.
        """
        seen = self._noise[place]
        return place.kind is not Kind.STATUS and seen >= max(NOISE_PAIRS, NOISE_SHARE * self._noise_pairs)

    def summary(self) -> Summary:
        """Return what is known now; noise learnt later explains earlier pairs as well. The most frequent first."""
        patterns = tuple(
            Pattern(places, frozenset(p for p in places if not self.noisy(p)), pairs, tuple(self._samples[places]))
            for places, pairs in self._patterns.most_common()
        )
        explained = sum(pattern.pairs for pattern in patterns if not pattern.unexplained)
        unexplained = sum(pattern.pairs for pattern in patterns if pattern.unexplained) + self._beyond
        return Summary(self._equal + explained + unexplained, self._equal, explained, unexplained, patterns)
