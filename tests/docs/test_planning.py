"""The page about plans and the plans say the same."""

from __future__ import annotations

from pathlib import Path

from strangler.planner.migration_plan.steps import STEPS

PAGE = Path(__file__).parents[2] / "docs" / "planning.md"


def test_every_step_stands_on_the_page() -> None:
    """With its gate, its command and the way back, in order."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{step.value}` | {text.title} | {text.gate} | {text.command} | {text.way_back} |"
        for step, text in STEPS.items()
    ]
