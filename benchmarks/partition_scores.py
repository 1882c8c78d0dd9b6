"""How alike two partitions of the same things are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

Partition = Mapping[str, Hashable]


def adjusted_rand_index(found: Partition, truth: Partition) -> float:
    """1 for equal partitions, about 0 for chance (Hubert and Arabie, "Comparing partitions", 1985)."""
    both = _pairs(Counter((found[item], truth[item]) for item in truth))
    left, right = _pairs(Counter(found[item] for item in truth)), _pairs(Counter(truth.values()))
    expected = left * right / (len(truth) * (len(truth) - 1) / 2)
    most = (left + right) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def mojofm(found: Partition, truth: Partition) -> float:
    """1 minus the moves and joins that make `found` into `truth`, as part of the most any partition could need.

    Wen and Tzerpos, "An effectiveness measure for software clustering algorithms", 2004.
    """
    most = len(truth)
    distinct = 0
    for size in sorted(Counter(truth.values()).values()):
        distinct += distinct < size
    worst = most - distinct
    return 1.0 if worst == 0 else 1 - _mojo(found, truth) / worst


def label_accuracy(found: Partition, truth: Partition) -> float:
    """The part of the things that has its true label."""
    return sum(found.get(item) == label for item, label in truth.items()) / len(truth)


def _pairs(sizes: Mapping[Hashable, int]) -> float:
    return sum(size * (size - 1) / 2 for size in sizes.values())


def _mojo(found: Partition, truth: Partition) -> int:
    """The fewest moves and joins: each cluster keeps a largest part, as many as can be different ones."""
    overlaps: dict[Hashable, Counter[Hashable]] = {}
    for item, label in truth.items():
        overlaps.setdefault(found[item], Counter())[label] += 1
    kept = sum(max(parts.values()) for parts in overlaps.values())
    choices = {
        cluster: [label for label, size in parts.items() if size == max(parts.values())]
        for cluster, parts in overlaps.items()
    }
    return len(truth) - kept + len(overlaps) - _matching(choices)


def _matching(choices: Mapping[Hashable, list[Hashable]]) -> int:
    """The size of a largest matching of clusters with labels, by augmenting paths."""
    taken: dict[Hashable, Hashable] = {}

    def place(cluster: Hashable, seen: set[Hashable]) -> bool:
        for label in choices[cluster]:
            if label not in seen:
                seen.add(label)
                if label not in taken or place(taken[label], seen):
                    taken[label] = cluster
                    return True
        return False

    return sum(place(cluster, set()) for cluster in choices)
