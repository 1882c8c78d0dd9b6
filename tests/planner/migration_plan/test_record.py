"""A plan as the report shows it."""

from __future__ import annotations

from strangler.planner.migration_plan.plan_file import Plan, Seen
from strangler.planner.migration_plan.reading import done, missing
from strangler.planner.migration_plan.record import remembered, seen_now
from strangler.planner.migration_plan.steps import Step

_PLAN = Plan(
    "reviews", "then", seen={Step.SEED: Seen("1,200 rows", "2027-01-01"), Step.BUILD: Seen("it runs", "2027", "me")}
)


def test_what_was_seen_is_told_with_its_day() -> None:
    """And who says so where nothing was read; of the others how to look."""
    steps = {step.step: step for step in remembered(_PLAN).steps}
    assert (steps["seed"].state, steps["seed"].found) == ("done", "1,200 rows (seen on 2027-01-01)")
    assert steps["build"].found == "it runs (seen on 2027, by hand of me)"
    assert (steps["verify"].state, steps["verify"].found) == ("unknown", "")
    assert steps["verify"].command == "strangler etl verify reviews"


def test_what_is_seen_now_counts() -> None:
    """Before what was seen then."""
    found = seen_now(_PLAN, {Step.SEED: missing("0 of 9 rows"), Step.VERIFY: done("equal")})
    steps = {step.step: (step.state, step.found) for step in found.steps}
    assert steps["seed"] == ("open", "0 of 9 rows")
    assert steps["verify"] == ("done", "equal")
    assert len(steps) == len(Step)
