"""How many clusters there are when nobody says how many."""

from __future__ import annotations

import math
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from strangler_analyzers.boundaries.linkage import Dendrogram, Merge
from strangler_analyzers.boundaries.natural_number import natural_number


def grown(*similarities: float) -> Dendrogram:
    """One thing after the other joins the first."""
    items = len(similarities) + 1
    merges = (
        Merge(0 if not number else items + number - 1, number + 1, similarity)
        for number, similarity in enumerate(similarities)
    )
    return Dendrogram(items, tuple(merges))


def test_the_steepest_fall_says_how_many() -> None:
    """From .45 to .15: two merges are left undone."""
    tree = grown(0.9, 0.6, 0.45, 0.15, 0.12)
    assert natural_number(tree, 1.0, tree, 6) == 3


def test_of_two_equal_falls_the_one_counts_that_the_files_show() -> None:
    """Two features that are alike in all else, and no file uses both of."""
    whole = grown(0.8, 0.6, 0.3, 0.15, 0.1)
    assert whole.falls(0.1, 0.5)[2] == whole.falls(0.1, 0.5)[3] == 2
    finer, coarser = grown(0.8, 0.6, 0.2, 0.19, 0.18), grown(0.8, 0.6, 0.5, 0.15, 0.14)
    assert natural_number(whole, 1.0, finer, 6) == 4
    assert natural_number(whole, 1.0, coarser, 6) == 3


def test_where_nothing_falls_steeply_the_usual_number_is_near() -> None:
    """A hundred tables whose similarities fade evenly are neither two services nor ninety."""
    tree = grown(*(0.9 * math.exp(-number / 45) for number in range(99)))
    assert 5 <= natural_number(tree, 1.0, tree, 100) <= 45


def test_a_steep_fall_outweighs_what_is_usual() -> None:
    """Forty things in two halves are two, though six or so would be usual."""
    tree = grown(*[0.9] * 38, 0.1)
    assert natural_number(tree, 1.0, tree, 40) == 2


def test_files_are_believed_only_where_they_fall_more_steeply() -> None:
    """Both draw the same clusters at either number: the clearer view decides."""
    whole = grown(0.9, 0.8, 0.7, 0.2, 0.19)
    assert natural_number(whole, 1.0, grown(0.9, 0.8, 0.3, 0.28, 0.27), 6) == 3
    assert natural_number(whole, 1.0, grown(0.9, 0.85, 0.1, 0.1, 0.1), 6) == 4


@settings(max_examples=25)
@given(st.integers(0, 12), st.randoms(use_true_random=False))
def test_it_is_a_number_of_clusters_that_can_be(merges: int, random: Random) -> None:
    """From one to as many as there are things."""
    whole, files = (grown(*sorted((random.random() for _ in range(merges)), reverse=True)) for _ in range(2))
    assert 1 <= natural_number(whole, 1.0, files, merges + 1) <= merges + 1


def test_nothing_is_no_cluster() -> None:
    """A system without tables."""
    assert natural_number(Dendrogram(0, ()), 1.0, Dendrogram(0, ()), 0) == 0
