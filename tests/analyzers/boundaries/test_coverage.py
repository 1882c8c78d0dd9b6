"""What is asked about once every cluster has been."""

from __future__ import annotations

from itertools import islice

from strangler_analyzers.boundaries.coverage import least_known


def test_what_is_least_like_anything_known_comes_first() -> None:
    """0 and 1 are alike, 2 and 3 a little, 4 nothing is like: who knows 0 is told most by 2, then by 4."""
    neighbours: tuple[dict[int, float], ...] = ({1: 0.9}, {0: 0.9}, {3: 0.4}, {2: 0.4}, {})
    assert list(least_known(neighbours, (0,), range(5))) == [2, 4, 3, 1]


def test_nobody_is_asked_about_what_is_known_or_left_out() -> None:
    """Tables without a model are in no list of questions."""
    neighbours: tuple[dict[int, float], ...] = ({1: 0.9}, {0: 0.9}, {})
    assert list(least_known(neighbours, (1,), (0, 1))) == [0]
    assert list(islice(least_known((), (), ()), 3)) == []
