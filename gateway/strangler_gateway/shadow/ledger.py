"""What the comparisons of one route have shown: counts, samples, and how much of it nothing explains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from strangler_gateway.shadow.comparer import BODY, Difference, Kind, Place

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

    places: tuple[Place, ...]
    unexplained: tuple[Place, ...]
    pairs: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """A place at which v1 contradicted itself in so many `pairs`; `noisy` when that is often enough."""

    place: Place
    pairs: int
    noisy: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a route: `compared` = `equal` + `explained` + `unexplained`.

    `unexplained_rate` is the share of the pairs that differ somewhere without an explanation; `beyond` of them differ
    in no pattern that is kept. `noise` is what `noise_pairs` pairs of v1 and v1 have shown. Of the explained ones,
    `body_noise` differ in a body that is noise as a whole, as a page with a token in it or a body that is cut: what v2
    says there was not compared, whatever it was.
    """

    compared: int = 0
    equal: int = 0
    explained: int = 0
    unexplained: int = 0
    unexplained_rate: float = 0.0
    beyond: int = 0
    patterns: tuple[Pattern, ...] = ()
    noise_pairs: int = 0
    noise: tuple[Noise, ...] = ()
    body_noise: int = 0

    @property
    def told(self) -> int:
        """How many pairs say something of v2."""
        return self.compared - self.body_noise


class Ledger:
    """Counts the pairs of one route, within bounds however many there are."""

    def __init__(self) -> None:
        self._equal = 0
        self._beyond = 0
        self._patterns: Counter[frozenset[Place]] = Counter()
        self._samples: dict[frozenset[Place], list[Sample]] = {}
        self._noise: Counter[Place] = Counter()
        self.noise_pairs = 0

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
        self.noise_pairs += 1
        for place in {one.place for one in found}:
            if place in self._noise or len(self._noise) < MAX_PLACES:
                self._noise[place] += 1

    def noisy(self, place: Place) -> bool:
        """Whether v1 itself says now this, now that at a place.

        A status never counts as noise: an application that fails now and then would explain every failure of v2.
        """
        return _noisy(place, self._noise[place], self.noise_pairs)

    def add(self, summary: Summary) -> None:
        """Take over what another ledger of the same route has counted."""
        self._equal += summary.equal
        self._beyond += summary.beyond
        self.noise_pairs += summary.noise_pairs
        self._noise.update({noise.place: noise.pairs for noise in summary.noise})
        for pattern in summary.patterns:
            places = frozenset(pattern.places)
            self._patterns[places] += pattern.pairs
            samples = self._samples.setdefault(places, [])
            samples += pattern.samples[: MAX_SAMPLES - len(samples)]

    def summary(self) -> Summary:
        """Return what is known now; noise learnt later explains earlier pairs as well. The most frequent first."""
        patterns = tuple(
            Pattern(
                tuple(sorted(places)),
                tuple(sorted(place for place in places if not self.noisy(place))),
                pairs,
                tuple(self._samples[places]),
            )
            for places, pairs in self._patterns.most_common()
        )
        explained = sum(pattern.pairs for pattern in patterns if not pattern.unexplained)
        unexplained = sum(pattern.pairs for pattern in patterns if pattern.unexplained) + self._beyond
        compared = self._equal + explained + unexplained
        return Summary(
            compared,
            self._equal,
            explained,
            unexplained,
            unexplained / compared if compared else 0.0,
            self._beyond,
            patterns,
            self.noise_pairs,
            tuple(Noise(place, pairs, self.noisy(place)) for place, pairs in sorted(self._noise.items())),
            sum(one.pairs for one in patterns if not one.unexplained and any(at.path == BODY for at in one.places)),
        )


def total(summaries: Iterable[Summary]) -> Summary:
    """Return what several gateways know together; the noise of one explains what another has seen."""
    ledger = Ledger()
    for summary in summaries:
        ledger.add(summary)
    return ledger.summary()


def _noisy(place: Place, seen: int, pairs: int) -> bool:
    return place.kind is not Kind.STATUS and seen >= max(NOISE_PAIRS, NOISE_SHARE * pairs)
