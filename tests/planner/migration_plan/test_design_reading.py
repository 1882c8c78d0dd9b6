"""What a plan says of a service's design: it counts once it keeps the company's rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from strangler.planner.migration_plan.code_readings import file_readings
from strangler.planner.migration_plan.reading import Reading, State
from strangler.planner.migration_plan.steps import Step
from strangler.project_reader import load_project
from strangler_analyzers.ratchet.baseline import Baseline
from tests.contracts.documents import COMMON, REVIEWS


def _reading(folder: Path, text: str | None) -> Reading:
    (folder / "strangler.toml").write_text('[services.reviews]\ndesign = "reviews.json5"\n')
    (folder / "common.json5").write_text(COMMON)
    if text is not None:
        (folder / "reviews.json5").write_text(text)
    project = load_project(folder)
    return file_readings(project, project.service("reviews"), Baseline())[Step.DESIGN]


def test_a_document_that_keeps_the_rules_is_a_design(tmp_path: Path) -> None:
    """With the number of its operations."""
    found = _reading(tmp_path, REVIEWS)
    assert (found.state, found.found) == (State.DONE, "reviews.json5, 4 operations, no finding")


def test_a_document_with_findings_is_sent_to_the_linter(tmp_path: Path) -> None:
    """Which says what there is to decide."""
    found = _reading(tmp_path, REVIEWS.replace(', annotations: ["personal_data"]', ""))
    assert (found.state, found.found) == (State.OPEN, "reviews.json5: 1 finding")
    assert found.instead == "strangler design lint reviews"


@pytest.mark.parametrize(
    ("text", "told"), [(None, "cannot be read"), ("{", ""), (REVIEWS.replace('"uuid"', '"uid"'), "uid")]
)
def test_what_is_no_document_is_no_design(tmp_path: Path, text: str | None, told: str) -> None:
    """And it says why."""
    found = _reading(tmp_path, text)
    assert found.state is State.OPEN
    assert found.found.startswith("reviews.json5: ")
    assert told in found.found
