"""Average-linkage clustering over a sparse similarity matrix.

A full matrix for 10,000 tables takes most of a gigabyte, nearly all of it zeros; here only pairs with something in
common are stored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Pair = tuple[int, int]
FORBIDDEN = -1.0
"""The similarity of clusters that are kept apart: below all real similarities."""
Neighbours = Sequence[Mapping[int, float]]
"""For each item, the similarity to every other item that it has something in common with; symmetric."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The merge of two clusters; `similarity` is the mean over all pairs between them.

    Items are numbered from 0; the n-th merge makes the cluster ``items + n``.
    """

    left: int
    right: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Dendrogram:
    """The merges of `items` items into one cluster, most similar first."""

    items: int
    merges: tuple[Merge, ...]

    def cut(self, clusters: int) -> tuple[int, ...]:
        """The cluster of every item for that many clusters (at least those kept apart), numbered by first item."""
        forbidden = sum(merge.similarity == FORBIDDEN for merge in self.merges)
        undone = max(forbidden, min(clusters, self.items) - 1)
        above = list(range(self.items + len(self.merges)))
        for number, merge in enumerate(self.merges[: len(self.merges) - undone]):
            above[merge.left] = above[merge.right] = self.items + number
        for cluster in reversed(range(len(above))):
            above[cluster] = above[above[cluster]]
        first: dict[int, int] = {}
        return tuple(first.setdefault(above[item], len(first)) for item in range(self.items))

    def falls(self, least: float, most: float) -> tuple[float, ...]:
        """How steeply the similarity falls at 1, 2, ... clusters: the ratio of two successive merges.

        Clusters less similar than `least` are not joined; both limits are above 0. A fall whose middle is not below
        `most` is 0; one that reaches beyond `most` counts in full. If everything or nothing is joined, `least` or
        `most` replaces the missing merge.
        """
        if not self.items:
            return ()
        found = [max(merge.similarity, least) for merge in reversed(self.merges)]
        bounds = [least, *found, max([most, *found[-1:]])]
        return tuple(above / below if math.sqrt(below * above) < most else 0.0 for below, above in pairwise(bounds))


def average_linkage(sizes: Sequence[int], sums: Neighbours, apart: Sequence[Pair] = ()) -> Dendrogram:
    """Merge items into clusters until one is left; clusters with nothing in common are joined late, at similarity 0.

    The pairs in `apart` are kept apart as long as anything else can be joined; then their clusters are joined at
    `FORBIDDEN`.

    An item may stand for several things: `sizes` holds their number, and `sums` the sum over their pairs. Clusters are
    found by chains of nearest neighbours (Murtagh, "A survey of recent advances in hierarchical clustering algorithms",
    1983), which gives the same tree as always joining the closest pair, because with average linkage a merge
    never brings clusters closer. Of equally near neighbours the one with the lowest item wins, so that equal input
    gives an equal tree.
    """
    return Dendrogram(len(sizes), _in_order(len(sizes), _Growth(sizes, sums, apart).run()))


class _Growth:
    """The clusters during the merging, each in a slot of its own; a cluster's name is its lowest item.

    When two merge, the one with more neighbours keeps its slot, so that only the neighbours of the other need an
    update.
    """

    def __init__(self, sizes: Sequence[int], sums: Neighbours, apart: Sequence[Pair]) -> None:
        self._size = list(sizes)
        self._sums = [dict(row) for row in sums]
        self._name = list(range(len(sizes)))
        self._place: list[int | None] = list(range(len(sizes)))
        """The slot of the cluster with a name; None once it is merged into another."""
        self._apart: list[set[int]] = [set() for _ in sizes]
        for first, second in apart:
            self._apart[first].add(second)
            self._apart[second].add(first)

    def run(self) -> list[tuple[int, int, float]]:
        """The merges as pairs of items, the lower of which then stands for both."""
        merges: list[tuple[int, int, float]] = []
        roots: list[int] = []
        # In exact arithmetic the similarity of a cluster's merges never rises; rounding could make it seem to.
        grown = [float("inf")] * len(self._size)
        for start in range(len(self._size)):
            place = self._place[start]
            chain = [] if place is None else [place]
            while chain:
                top = chain[-1]
                nearest, similarity = self._nearest(top, chain[-2] if len(chain) > 1 else None)
                if nearest is None:
                    roots.append(top)
                    self._place[self._name[top]] = None
                    chain.pop()
                elif len(chain) > 1 and nearest == chain[-2]:
                    del chain[-2:]
                    limit = min(similarity, grown[top], grown[nearest])
                    first, second = self._name[top], self._name[nearest]
                    merges.append((min(first, second), max(first, second), limit))
                    kept = self._merge(top, nearest)
                    grown[kept] = limit
                    if not chain:
                        chain.append(kept)
                else:
                    chain.append(nearest)
        return [*merges, *self._joined(sorted(roots, key=lambda place: (self._size[place], self._name[place])))]

    def _joined(self, roots: Sequence[int]) -> list[tuple[int, int, float]]:
        """Join clusters with nothing in common, the smallest first, and finally those kept apart."""
        merges: list[tuple[int, int, float]] = []
        kept: list[int] = []
        for root in roots:
            home = next((other for other in kept if other not in self._apart[root]), None)
            if home is None:
                kept.append(root)
            else:
                merges.append((self._name[home], self._name[root], 0.0))
                self._keep_apart(home, root)
        return [*merges, *((self._name[kept[0]], self._name[other], FORBIDDEN) for other in kept[1:])]

    def _nearest(self, item: int, previous: int | None) -> tuple[int | None, float]:
        """The nearest neighbour; among equals the one the chain came from, or the chain would never end."""
        best, value = None, 0.0
        names, sizes, size = self._name, self._size, self._size[item]
        apart = self._apart[item]
        for other, total in self._sums[item].items():
            similarity = total / (size * sizes[other])
            if similarity < value or other in apart:
                continue
            if similarity > value or (
                best is not None and best != previous and (other == previous or names[other] < names[best])
            ):
                best, value = other, similarity
        return best, value

    def _merge(self, first: int, second: int) -> int:
        """Merge two clusters and return the slot of the result."""
        sums = self._sums
        kept, gone = (first, second) if len(sums[first]) >= len(sums[second]) else (second, first)
        mine, others = sums[kept], sums[gone]
        mine.pop(gone, None)
        others.pop(kept, None)
        for other, total in others.items():
            row = sums[other]
            del row[gone]
            if other in mine:
                total += mine[other]  # noqa: PLW2901 - the hottest lines of a large system
            row[kept] = mine[other] = total
        sums[gone] = {}
        self._keep_apart(kept, gone)
        self._size[kept] += self._size[gone]
        low, high = sorted((self._name[kept], self._name[gone]))
        self._name[kept], self._place[low], self._place[high] = low, kept, None
        return kept

    def _keep_apart(self, kept: int, gone: int) -> None:
        """Pass a merged cluster's constraints on: the result stays apart from whatever either part must."""
        for other in self._apart[gone]:
            self._apart[other].discard(gone)
            self._apart[other].add(kept)
        self._apart[kept] |= self._apart[gone]
        self._apart[gone] = set()


def _in_order(items: int, found: list[tuple[int, int, float]]) -> tuple[Merge, ...]:
    """The merges, most similar first, with clusters numbered in that order."""
    cluster = list(range(items))
    merges: list[Merge] = []
    for number, (left, right, similarity) in enumerate(sorted(found, key=lambda merge: -merge[2])):
        merges.append(Merge(cluster[left], cluster[right], similarity))
        cluster[left] = items + number
    return tuple(merges)
