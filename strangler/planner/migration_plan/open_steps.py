"""Steps before a cut-over that are not conditions of it: the user decides whether to move the writes without them."""

from __future__ import annotations

from strangler.planner.migration_plan.plan_file import Plan
from strangler.planner.migration_plan.progress import PlannedStep, standing
from strangler.planner.migration_plan.reading import Readings, State
from strangler.planner.migration_plan.steps import Step

UNASKED = (Step.COMPARE, Step.SHIFT)
"""Comparing answers and shifting reads: without them a move loses nothing but what they would reveal."""


def open_steps(plan: Plan, readings: Readings) -> tuple[PlannedStep, ...]:
    """The steps of `UNASKED` that are not over, by what is seen now, was seen before, or is declared by hand.

    Empty where gateways could not be asked; the move reports that itself.
    """
    if readings[Step.FRONT].state is State.UNKNOWN:
        return ()
    steps = standing(plan, readings).steps
    return tuple(item for item in steps if item.step in UNASKED and item.state is not State.DONE)
