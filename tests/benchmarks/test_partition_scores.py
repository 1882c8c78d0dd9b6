"""The scores of partitions, on cases that can be done by hand."""

from __future__ import annotations

import pytest

from benchmarks.partition_scores import adjusted_rand_index, mojofm

TRUTH = {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "f": 2}


def test_equal_partitions_score_one() -> None:
    """Whatever the clusters are called."""
    same = dict(zip("abcdef", "xxxyyy", strict=True))
    assert adjusted_rand_index(same, TRUTH) == 1
    assert mojofm(same, TRUTH) == 1


def test_one_cluster_for_everything_is_chance() -> None:
    """The adjusted Rand index is 0 by construction."""
    assert adjusted_rand_index(dict.fromkeys("abcdef", 0), TRUTH) == 0


def test_the_index_of_a_misplaced_item() -> None:
    """Four pairs agree; 6 and 7 pairs of 15 are together, so chance expects 2.8 of at most 6.5."""
    found = dict(zip("abcdef", "xxyyyy", strict=True))
    assert adjusted_rand_index(found, TRUTH) == pytest.approx((4 - 2.8) / (6.5 - 2.8))


def test_mojofm_counts_moves_and_joins() -> None:
    """One move makes it right, and no partition of 3 and 3 is further away than four steps."""
    assert mojofm(dict(zip("abcdef", "xxyyyy", strict=True)), TRUTH) == pytest.approx(1 - 1 / 4)
    assert mojofm(dict(zip("abcdef", "uvwxyz", strict=True)), TRUTH) == pytest.approx(1 - 4 / 4)
