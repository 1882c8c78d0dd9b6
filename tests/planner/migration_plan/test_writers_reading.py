"""What a plan says of those who write a service's tables."""

from __future__ import annotations

from pathlib import Path

from strangler.model.location import Location
from strangler.model.system import AccessMode, Function, Module, SystemFacts, TableAccess
from strangler.model.tables import Table, TableOrigin
from strangler.planner.migration_plan.code_readings import map_readings
from strangler.planner.migration_plan.steps import Step
from strangler.project_reader import load_project
from strangler_analyzers.boundaries.constraints import Constraints
from strangler_analyzers.graph.system_graph import SystemGraph


def test_an_installed_program_that_writes_is_named(tmp_path: Path) -> None:
    """Cron starts it by a name that only `pyproject.toml` knows."""
    (tmp_path / "strangler.toml").write_text('[monolith]\nroot = "app"\n[services.reviews]\ntables = ["review"]\n')
    (tmp_path / "pyproject.toml").write_text('[project.scripts]\ntidy-shop = "m:main"\n')
    here = Location("m.py", 3)
    facts = SystemFacts(
        "m",
        modules=(Module("m", "m.py", 9),),
        functions=(Function("m:main", here, 9),),
        tables=(Table("review", TableOrigin.DJANGO, None, here),),
        accesses=(TableAccess("m:main", here, 0, "review", AccessMode.WRITE, "update"),),
    )
    project = load_project(tmp_path)
    found = map_readings(project, project.service("reviews"), SystemGraph(facts), Constraints())[Step.WRITERS]
    assert found.found.endswith("1 writer outside routes, whose writes will fail: program tidy-shop")
