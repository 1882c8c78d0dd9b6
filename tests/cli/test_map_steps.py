"""The map as a gateway that is looked at has it read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from strangler.cli.map_steps import MapSteps
from strangler.cli.plan_sources import MAP_STEPS
from strangler.planner.migration_plan.reading import Reading, Readings, State
from strangler.planner.migration_plan.steps import Step
from strangler.project_reader import load_project
from strangler.store import ArtefactStore
from strangler_analyzers.graph.codec import save_facts
from tests.analyzers.shop_facts import shop_facts
from tests.waiting import until

PROJECT = """
[services.stock]
modules = ["shop.catalog.stock"]
tables = ["{table}"]
"""
PATIENCE = 60


def project_file(folder: Path, table: str) -> None:
    """A service that owns a table of the shop, or one that is none."""
    (folder / "strangler.toml").write_text(PROJECT.format(table=table), encoding="utf-8")


def read_until(steps: MapSteps, folder: Path, holds: Callable[[Reading], bool]) -> Readings:
    """What is said once the first step is as it should be."""

    def found() -> Readings:
        return steps.readings(load_project(folder), "stock", MAP_STEPS)

    until(lambda: holds(found()[Step.MAP]), PATIENCE)
    return found()


def test_the_map_is_read_again_when_something_has_changed(tmp_path: Path) -> None:
    """By another process: until it is done nobody knows, and nobody waits."""
    project_file(tmp_path, "catalog_stock")
    save_facts(ArtefactStore.beside(tmp_path), shop_facts())
    steps = MapSteps(tmp_path)
    first = steps.readings(load_project(tmp_path), "stock", MAP_STEPS)
    assert first[Step.MAP] == Reading(State.UNKNOWN, "the map is being read")
    found = read_until(steps, tmp_path, lambda step: step.state is State.DONE)
    assert found[Step.MAP].found == "6 tables, 12 modules"
    assert found[Step.RETIRE].found.startswith("1 module left")
    project_file(tmp_path, "stock_elsewhere")
    read_until(steps, tmp_path, lambda step: step == Reading(State.OPEN, "it lacks stock_elsewhere"))


def test_a_map_that_can_not_be_read_says_why(tmp_path: Path) -> None:
    """What is damaged is told as every command tells it."""
    project_file(tmp_path, "catalog_stock")
    graph = ArtefactStore.beside(tmp_path).graph_path
    graph.parent.mkdir()
    graph.write_text("{}", encoding="utf-8")
    found = read_until(MapSteps(tmp_path), tmp_path, lambda step: "graph.json" in step.found)
    assert {reading.state for reading in found.values()} == {State.UNKNOWN}
