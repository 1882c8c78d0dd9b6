"""Merges that keep routes within a budget."""

from __future__ import annotations

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from strangler_analyzers.boundaries.merging import Budget, merge_proposals
from strangler_analyzers.boundaries.suggestion import Study, study
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.sample_monolith import sample_facts


@cache
def _study() -> Study:
    return study(SystemGraph(sample_facts()))


@given(st.floats(0, 30))
@settings(max_examples=10)
def test_each_merge_helps_or_makes_way_for_one_that_does(p99: float) -> None:
    """No merge brings more routes over the budget, and the last leaves none, since they can all become one."""
    merges = merge_proposals(_study(), _study().groups(9), Budget(p99, 2))
    assert all(item.before >= item.after for item in merges)
    assert not merges or merges[-1].after == 0


def test_a_budget_that_is_kept_needs_no_merge() -> None:
    """However long a call takes."""
    assert merge_proposals(_study(), _study().groups(9), Budget(1000, 2)) == ()


def test_merged_services_go_by_both_names() -> None:
    """The next merge speaks of them as one."""
    merges = merge_proposals(_study(), _study().groups(9), Budget(0, 2))
    assert len(merges) == 8
    assert any("+" in name for item in merges for name in item.services)
