"""Label propagation: an item without a label takes the mean of the items it is similar to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Label = int
Alike = Callable[[int], Mapping[int, float]]
"""The items that an item is similar to, with the similarity."""
Shares = Mapping[Label, float]
"""The share of each label that an item has, at most 1 in total."""

_FADING = 0.8
"""The part of a share that remains with each step: the nearest label counts most, however many are farther away.

Measured like the weights, where .6 to .9 do about as well: docs/boundaries.md.
"""
_LEAST = 0.02
"""A share below this part of an item's largest one is dropped: such shares rarely decide, but take most time."""
_SETTLED = 5
_MOST_SWEEPS = 50
"""Sweeps over all items: how many without a change of any label are enough, and how many are made at most."""


def spread(seeds: Mapping[int, Label], alike: Alike) -> Mapping[int, Label]:
    """The label of every item reachable from `seeds`; seeds keep their labels.

    Each item's shares are the mean of those of similar items, weighted by similarity, and faded: harmonic
    functions fixed at the seeds (Zhu, Ghahramani and Lafferty, "Semi-supervised learning using Gaussian fields and
    harmonic functions", 2003), with a walk that ends early. The largest share wins; of equal ones, the lowest label.
    """
    weights = _weights(seeds, alike)
    shares: dict[int, Shares] = {item: {label: 1.0} for item, label in seeds.items()}
    found: dict[int, Label] = dict(seeds)
    settled = 0
    for _ in range(_MOST_SWEEPS):
        changed = False
        for item, row in weights.items():
            shares[item] = own = _mean(row, shares)
            label = min(own, key=lambda label, own=own: (-own[label], label))
            changed = changed or found.get(item) != label
            found[item] = label
        settled = 0 if changed else settled + 1
        if settled == _SETTLED:
            break
    return found


def _weights(seeds: Mapping[int, Label], alike: Alike) -> Mapping[int, Mapping[int, float]]:
    """The weights with which each unlabelled item takes shares; in breadth-first order from the seeds."""
    found: dict[int, Mapping[int, float]] = {}
    waiting = sorted(seeds)
    known = set(waiting)
    for item in waiting:  # It grows during the iteration.
        row = alike(item)
        new = sorted(row.keys() - known)
        known.update(new)
        waiting += new
        if item not in seeds:
            whole = sum(row.values())
            found[item] = {other: _FADING * value / whole for other, value in row.items()}
    return found


def _mean(row: Mapping[int, float], shares: Mapping[int, Shares]) -> Shares:
    found: dict[Label, float] = {}
    for other, weight in row.items():
        for label, share in shares.get(other, {}).items():
            found[label] = found.get(label, 0.0) + weight * share
    least = _LEAST * max(found.values())
    return {label: share for label, share in found.items() if share >= least}
