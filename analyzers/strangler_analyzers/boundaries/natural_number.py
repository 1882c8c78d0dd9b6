"""The natural number of clusters, used if none is given."""

from __future__ import annotations

import math
from collections.abc import Sequence

from strangler_analyzers.boundaries.linkage import Dendrogram

_UNLIKE, _ALIKE = 0.1, 0.5
"""The range of similarities in which merging may stop, as shares of the largest possible similarity.

Measured like the weights, where .08 and .45 do as well: docs/boundaries.md.
"""
_WITNESS = 0.5
"""The weight of the file signal next to all signals together, of which it is one."""
_PER_ROOT = 1.5
"""Features of a system per square root of its tables: from .6 to 4.5 in the applications of docs/boundaries.md."""
_DOUBT = 0.1
"""The weight against an unusual number; it decides if nothing falls steeply.

A number three times as large or small as usual needs a fall an eighth steeper, one ten times as large or small three
fifths steeper. Measured like the weights, where .05 does as well.
"""


def natural_number(whole: Dendrogram, possible: float, files: Dendrogram, leading: int) -> int:
    """The number of clusters at which the similarity of merges falls most steeply.

    `whole` comes from all signals, which could add up to `possible`; `files` from the file signal alone (at most 1);
    `leading` counts the tables that can form a service. Both falls count, by ratio, and so does how usual the number
    is. But if the files alone give another number by a steeper fall, and exactly the clusters that all signals have at
    that number, the two views agree, and that number is taken.
    """
    falls = whole.falls(_UNLIKE * possible, _ALIKE * possible)
    by_files = files.falls(_UNLIKE, _ALIKE)
    if not falls:
        return 0
    usual = _PER_ROOT * math.sqrt(max(1, leading))

    def weight(number: int) -> float:
        if falls[number - 1] <= 0:
            return -math.inf
        said = math.log(falls[number - 1]) + _WITNESS * math.log(max(1.0, by_files[number - 1]))
        return said - _DOUBT * math.log(number / usual) ** 2

    found = max(range(1, len(falls) + 1), key=lambda number: (weight(number), -number))
    other = _steepest(by_files)
    is_cut = 1 < other < len(falls)  # Any two views agree on one cluster, and on singletons.
    is_steeper = by_files[other - 1] > falls[found - 1]
    return other if is_cut and is_steeper and files.cut(other) == whole.cut(other) else found


def _steepest(falls: Sequence[float]) -> int:
    return max(range(1, len(falls) + 1), key=lambda number: (falls[number - 1], -number))
