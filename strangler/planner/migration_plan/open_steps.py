"""Steps before a cut-over that are no conditions of it: who moves the writes while they are open decides that."""

from __future__ import annotations

from strangler.planner.migration_plan.plan_file import Plan
from strangler.planner.migration_plan.progress import PlannedStep, standing
from strangler.planner.migration_plan.reading import Readings, State
from strangler.planner.migration_plan.steps import Step

UNASKED = (Step.COMPARE, Step.SHIFT)
"""Whether answers were compared, and reads go to v2: a move loses nothing without them but what they would show."""


def open_steps(plan: Plan, readings: Readings) -> tuple[PlannedStep, ...]:
    """Those of them that are not over, by what is seen now, was seen before or is said by hand.

    None where gateways could not be asked, which a move says by itself.
    """
    if readings[Step.FRONT].state is State.UNKNOWN:
        return ()
    steps = standing(plan, readings).steps
    return tuple(item for item in steps if item.step in UNASKED and item.state is not State.DONE)
