"""Labels over similarities."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from strangler_analyzers.boundaries.label_spread import spread


def rows(pairs: Mapping[tuple[int, int], float]) -> Mapping[int, Mapping[int, float]]:
    """Both directions of some similarities."""
    found: dict[int, dict[int, float]] = {}
    for (first, second), value in pairs.items():
        found.setdefault(first, {})[second] = found.setdefault(second, {})[first] = value
    return found


def test_a_label_reaches_over_others_until_a_nearer_one() -> None:
    """2 follows 1, which follows the seed 0, though the seed 3 is its neighbour."""
    alike = rows({(0, 1): 0.9, (1, 2): 0.5, (2, 3): 0.2})
    assert spread({0: 7, 3: 8}, lambda item: alike.get(item, {})) == {0: 7, 1: 7, 2: 7, 3: 8}


def test_what_nothing_is_like_has_no_label() -> None:
    """It is left out."""
    assert spread({0: 7}, lambda _: {}) == {0: 7}


def test_equally_near_labels_are_decided_alike() -> None:
    """By the lowest, whatever order the seeds come in."""
    alike = rows({(0, 1): 0.5, (1, 2): 0.5})
    assert spread({0: 8, 2: 7}, lambda item: alike[item])[1] == 7
    assert spread({2: 7, 0: 8}, lambda item: alike[item])[1] == 7


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1]),
        st.floats(0.01, 1.0),
    ),
    st.dictionaries(st.integers(0, 7), st.integers(0, 2), min_size=1),
)
def test_everything_connected_gets_a_label_of_a_neighbour(
    pairs: dict[tuple[int, int], float], seeds: dict[int, int]
) -> None:
    """Seeds keep theirs; no label appears where none of it is near, and what no seed reaches has none."""
    alike = rows(pairs)
    found = spread(seeds, lambda item: alike.get(item, {}))
    assert {item: found[item] for item in seeds} == seeds
    reached = set(seeds)
    while new := {other for item in reached for other in alike.get(item, {})} - reached:
        reached |= new
    assert found.keys() == reached
    for item in found.keys() - seeds.keys():
        assert found[item] in seeds.values()
