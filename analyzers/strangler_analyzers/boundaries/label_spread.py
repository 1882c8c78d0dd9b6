"""How far labels reach: what has none takes the mean of what it is like."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Label = int
Alike = Callable[[int], Mapping[int, float]]
"""What an item is like, and how much."""
Shares = Mapping[Label, float]
"""How much of each label an item has, at most 1 in all."""

_FADING = 0.8
"""What is left of a share with each step: the nearest label counts most, whatever many lie behind it.

Measured like the weights, where .6 to .9 do about as well: docs/boundaries.md.
"""
_LEAST = 0.02
"""A share that is less beside an item's largest is left out: it hardly ever decides, and costs most of the time."""
_SETTLED = 5
_MOST_SWEEPS = 50
"""Sweeps over all items: so many without a change of any item's label are enough, and so many are made at most."""


def spread(seeds: Mapping[int, Label], alike: Alike) -> Mapping[int, Label]:
    """The label of every item that `seeds` reach, which keep theirs.

    Each item's shares are the mean of those it is like, weighted by how much it is like them, and faded: harmonic
    functions that the seeds hold (Zhu, Ghahramani and Lafferty, "Semi-supervised learning using Gaussian fields and
    harmonic functions", 2003), with a walk that ends early. The largest share counts, of equal ones the lowest label.
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
    """How much of whose shares each item without a label takes; in breadth from the seeds, so that each has some."""
    found: dict[int, Mapping[int, float]] = {}
    waiting = sorted(seeds)
    known = set(waiting)
    for item in waiting:  # It grows while it is walked.
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
