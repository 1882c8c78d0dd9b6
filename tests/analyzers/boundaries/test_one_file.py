"""The sample monolith as if all its models were in one file."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from benchmarks.hidden_names import HiddenSystem, hide
from benchmarks.one_file import in_one_file
from benchmarks.partition_scores import adjusted_rand_index
from strangler_analyzers.boundaries.clustering import cluster
from strangler_analyzers.boundaries.profiles import Signal, profiles
from strangler_analyzers.boundaries.similarity import Similarity
from strangler_analyzers.boundaries.suggestion import study, suggest
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.sample_monolith import sample_facts


@cache
def moved() -> HiddenSystem:
    """The shop without names of folders, its models in one file."""
    return in_one_file(hide(sample_facts()))


def test_every_model_is_in_the_one_file_and_nothing_else_is_lost() -> None:
    """Tables and accesses are those of before; no file imports itself."""
    facts, before = moved().facts, hide(sample_facts()).facts
    assert {table.model.partition(":")[0] for table in facts.tables if table.model is not None} == {"models"}
    assert len({table.model for table in facts.tables if table.model}) == sum(bool(t.model) for t in before.tables)
    assert [table.name for table in facts.tables] == [table.name for table in before.tables]
    assert len(facts.accesses) == len(before.accesses)
    assert all(item.importer != item.imported for item in facts.imports)


def test_the_page_says_that_the_file_signal_is_void_and_does_better_than_keys() -> None:
    """With the number of apps given; without it keys alone may come nearer, and the page says to give one."""
    graph, truth = SystemGraph(moved().facts), moved().truth
    ours = cluster(graph)
    keys = replace(ours, similarity=Similarity(profiles(graph, ours.tables), {Signal.KEYS: 1.0}))
    apps = len(set(truth.values()))
    mine, theirs = (adjusted_rand_index(found.partition(apps), truth) for found in (ours, keys))
    assert mine > theirs + 0.2
    told = next(note for note in suggest(study(graph)).notes if note.startswith("file signal void"))
    assert "--services" in told
