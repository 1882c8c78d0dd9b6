"""Average linkage over sparse similarities."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from strangler_analyzers.boundaries.linkage import FORBIDDEN, average_linkage


def rows(items: int, pairs: Mapping[tuple[int, int], float]) -> list[dict[int, float]]:
    """Pairs as symmetric rows."""
    found: list[dict[int, float]] = [{} for _ in range(items)]
    for (first, second), value in pairs.items():
        if first != second:
            found[first][second] = found[second][first] = value
    return found


@st.composite
def similarities(draw: st.DrawFn) -> tuple[int, dict[tuple[int, int], float]]:
    """Up to twelve items and what some pairs have in common."""
    items = draw(st.integers(1, 12))
    item = st.integers(0, items - 1)
    pairs = draw(st.dictionaries(st.tuples(item, item), st.floats(0.01, 1), max_size=40))
    return items, {(min(pair), max(pair)): value for pair, value in pairs.items()}


def naive(items: int, pairs: Mapping[tuple[int, int], float]) -> list[float]:
    """The similarities at which the closest two clusters are joined, over and over."""
    clusters = [{item} for item in range(items)]
    found: list[float] = []
    while len(clusters) > 1:
        best, left, right = max(
            (
                sum(pairs.get((min(a, b), max(a, b)), 0.0) for a in clusters[i] for b in clusters[j])
                / (len(clusters[i]) * len(clusters[j])),
                -i,
                -j,
            )
            for i in range(len(clusters))
            for j in range(i + 1, len(clusters))
        )
        found.append(best)
        clusters[-left] |= clusters.pop(-right)
    return found


@given(similarities())
def test_it_grows_like_always_joining_the_closest_pair(case: tuple[int, dict[tuple[int, int], float]]) -> None:
    """Chains of nearest neighbours find the tree of the textbook; only the order of equal merges is free."""
    items, pairs = case
    distinct = {pair: value + number * 1e-6 for number, (pair, value) in enumerate(sorted(pairs.items()))}
    tree = average_linkage([1] * items, rows(items, distinct))
    found = [merge.similarity for merge in tree.merges]
    assert all(abs(a - b) < 1e-4 for a, b in zip(found[:1], naive(items, distinct)[:1], strict=True))
    assert found == sorted(found, reverse=True)
    assert len(found) == items - 1


@given(similarities(), st.integers(1, 12))
def test_a_cut_leaves_as_many_clusters_as_are_wanted(
    case: tuple[int, dict[tuple[int, int], float]], wanted: int
) -> None:
    """Never more than there are items."""
    items, pairs = case
    assert len(set(average_linkage([1] * items, rows(items, pairs)).cut(wanted))) == min(wanted, items)


@given(similarities(), st.data())
def test_what_is_kept_apart_is_in_different_clusters_at_every_cut(
    case: tuple[int, dict[tuple[int, int], float]], data: st.DataObject
) -> None:
    """However much speaks for them, and however few clusters are wanted."""
    items, pairs = case
    item = st.integers(0, items - 1)
    apart = [pair for pair in data.draw(st.lists(st.tuples(item, item), max_size=5)) if pair[0] != pair[1]]
    tree = average_linkage([1] * items, rows(items, pairs), apart)
    for wanted in range(1, items + 1):
        of = tree.cut(wanted)
        assert all(of[first] != of[second] for first, second in apart)


def test_what_has_nothing_in_common_is_joined_last() -> None:
    """At similarity 0, below which only what is kept apart stands."""
    tree = average_linkage([1, 1, 1, 1], rows(4, {(0, 1): 0.5}), [(2, 3)])
    assert [merge.similarity for merge in tree.merges] == [0.5, 0.0, FORBIDDEN]


def test_a_cluster_is_as_near_as_its_members_on_average() -> None:
    """0 and 1 are alike, 2 is near one of them only: half as near to both."""
    tree = average_linkage([1, 1, 1], rows(3, {(0, 1): 0.8, (1, 2): 0.6}))
    assert [merge.similarity for merge in tree.merges] == [0.8, 0.3]


def test_an_item_that_stands_for_several_counts_as_many() -> None:
    """The sum over all pairs is divided by their number."""
    tree = average_linkage([3, 1], rows(2, {(0, 1): 0.6}))
    assert abs(tree.merges[0].similarity - 0.2) < 1e-12


@given(similarities())
def test_there_is_a_fall_for_each_number_of_clusters(made: tuple[int, dict[tuple[int, int], float]]) -> None:
    """No similarity rises from one merge to the next; what is alike beyond the upper bound is joined."""
    items, pairs = made
    tree = average_linkage([1] * items, rows(items, pairs))
    falls = tree.falls(0.1, 0.5)
    assert len(falls) == items
    assert all(fall == 0 or fall >= 1 for fall in falls)
    steepest = falls.index(max(falls)) + 1
    assert all(merge.similarity >= 0.1 for merge in tree.merges[: items - steepest])
    assert all(merge.similarity <= 0.5 for merge in tree.merges[items - steepest :])


def test_falls_are_ratios_between_bounds() -> None:
    """From .6 to .2 is more than from .2 to .1; above .5 none counts."""
    tree = average_linkage([1] * 4, rows(4, {(0, 1): 0.9, (1, 2): 0.8, (2, 3): 0.6}))
    assert [round(merge.similarity, 2) for merge in tree.merges] == [0.9, 0.6, 0.2]
    assert [round(fall, 2) for fall in tree.falls(0.1, 0.5)] == [2.0, 3.0, 0.0, 0.0]
    assert tree.falls(0.15, 0.21)[1:] == (0.0, 0.0, 0.0)


def test_a_fall_that_reaches_beyond_the_bound_counts_whole() -> None:
    """From .8 to .3 is more than from .3 to .15, though from .5 to .3 is not; .49, the middle, is below the bound."""
    tree = average_linkage([1, 1, 1, 1, 1], rows(5, {(0, 1): 0.8, (2, 3): 0.3, (0, 4): 0.3}))
    assert [round(merge.similarity, 2) for merge in tree.merges] == [0.8, 0.3, 0.15, 0.0]
    assert [round(fall, 2) for fall in tree.falls(0.1, 0.5)] == [1.0, 1.5, 2.0, 2.67, 0.0]


def test_things_with_nothing_in_common_are_joined_smallest_first() -> None:
    """With fewer clusters wanted than there are islands, the large ones stay apart."""
    tree = average_linkage([1] * 6, rows(6, {(0, 1): 1.0, (2, 3): 1.0}))
    of = tree.cut(3)
    assert of[4] == of[5]
    assert len({of[0], of[2], of[4]}) == 3
