"""The results of one route's comparisons: counts, samples, and how many differences nothing explains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from strangler_gateway.shadow.comparer import BODY, Difference, DifferencePlace, Kind

MAX_PATTERNS = 200
"""The most distinct sets of places that are kept; pairs beyond them count as unexplained."""
MAX_PLACES = 1000
MAX_SAMPLES = 3
"""The most sample pairs kept for each set of places."""
NOISE_PAIRS = 2
NOISE_SHARE = 0.05
"""v1 is noisy at a place when it contradicted itself there in at least so many pairs, and such a share of all pairs.

Less may be a write between the two responses, which must not hide forever what v2 does there.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """The differences of one pair."""

    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Pairs that differ at the same places; `unexplained` are those places that v1's own noise does not explain."""

    places: tuple[DifferencePlace, ...]
    unexplained: tuple[DifferencePlace, ...]
    pairs: int
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """A place at which v1 contradicted itself in `pairs` pairs; `noisy` when that is often enough."""

    place: DifferencePlace
    pairs: int
    noisy: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a route's pairs: `compared` = `equal` + `explained` + `unexplained`.

    `unexplained_rate` is `unexplained` / `compared`, from 0 to 1; `beyond` of the unexplained pairs fit no kept
    pattern. `noise` was learnt from `noise_pairs` pairs of v1 with itself. `body_noise` of the explained pairs differ
    in a body that is noise as a whole, such as a page with a token in it or a body that was cut: what v2 answered there
    was not compared at all.
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
        """How many pairs tell something about v2."""
        return self.compared - self.body_noise


class Ledger:
    """Counts the pairs of one route, in bounded memory."""

    def __init__(self) -> None:
        self._equal = 0
        self._beyond = 0
        self._patterns: Counter[frozenset[DifferencePlace]] = Counter()
        self._samples: dict[frozenset[DifferencePlace], list[Sample]] = {}
        self._noise: Counter[DifferencePlace] = Counter()
        self.noise_pairs = 0

    def compared(self, found: tuple[Difference, ...]) -> None:
        """Record the differences of a pair of v1 and v2."""
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
        """Record the differences between two responses of v1, to learn its noise."""
        self.noise_pairs += 1
        for place in {one.place for one in found}:
            if place in self._noise or len(self._noise) < MAX_PLACES:
                self._noise[place] += 1

    def noisy(self, place: DifferencePlace) -> bool:
        """Whether v1's own responses vary at a place.

        A status never counts as noise: an application that fails now and then would explain every failure of v2.
        """
        return _noisy(place, self._noise[place], self.noise_pairs)

    def add(self, summary: Summary) -> None:
        """Add the counts of another ledger of the same route."""
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
        """Return the present numbers, the most frequent patterns first; later noise explains earlier pairs as well."""
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
    """Combine the summaries of several gateways; noise that one has learnt explains differences of another."""
    ledger = Ledger()
    for summary in summaries:
        ledger.add(summary)
    return ledger.summary()


def _noisy(place: DifferencePlace, seen: int, pairs: int) -> bool:
    return place.kind is not Kind.STATUS and seen >= max(NOISE_PAIRS, NOISE_SHARE * pairs)
