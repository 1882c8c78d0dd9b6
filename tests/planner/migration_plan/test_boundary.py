"""A proposal as a boundary people can read."""

from __future__ import annotations

import pytest

from strangler.planner.migration_plan.boundary import drawn_boundary, packages
from strangler_analyzers.boundaries.suggestion import study
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.sample_monolith import sample_facts


def test_the_part_to_begin_with_is_drawn_by_its_package() -> None:
    """Tables and packages of the reviews, and nothing of what all others share."""
    found = drawn_boundary(study(SystemGraph(sample_facts())), "reviews")
    assert found.tables == ("reviews_review", "reviews_vote")
    assert "shop.reviews" in found.modules
    assert not [name for name in found.modules if name.startswith("shop.reviews.")]
    assert "shop.basemodels" not in found.modules


@pytest.mark.parametrize(
    ("own", "everything", "wanted"),
    [
        (["a.b.c", "a.b.d"], ["a.b.c", "a.b.d", "a.e"], ("a.b",)),
        (["a.b.c"], ["a.b.c", "a.b.d"], ("a.b.c",)),
        (["a.b", "a.b.c"], ["a.b", "a.b.c", "a.b.d", "a.e"], ("a.b", "a.b.c")),
    ],
)
def test_a_package_is_named_where_it_is_whole(own: list[str], everything: list[str], wanted: tuple[str, ...]) -> None:
    """Else its modules are."""
    assert packages(own, everything) == wanted
