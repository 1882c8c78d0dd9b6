"""A plan as the report shows it: as it is seen now, or as it was last seen."""

from __future__ import annotations

from strangler.model.migration import ServiceProgress, StepProgress
from strangler.planner.migration_plan.plan_file import Plan, Seen
from strangler.planner.migration_plan.progress import standing
from strangler.planner.migration_plan.reading import Readings, State
from strangler.planner.migration_plan.steps import STEPS, Step, text_for


def seen_now(plan: Plan, readings: Readings) -> ServiceProgress:
    """Every step by what was just read, else by what was seen before."""
    steps = (
        StepProgress(item.step.value, item.title, item.state.value, item.found, item.gate, item.command)
        for item in standing(plan, readings).steps
    )
    return ServiceProgress(plan.service, tuple(steps))


def remembered(plan: Plan) -> ServiceProgress:
    """Every step by what the plan remembers; nothing is asked."""
    return ServiceProgress(plan.service, tuple(_remembered(plan.service, step, plan.seen.get(step)) for step in STEPS))


def _remembered(service: str, step: Step, seen: Seen | None) -> StepProgress:
    text = STEPS[step]
    if seen is None:
        state, found = State.UNKNOWN, ""
    else:
        by = f", by hand of {seen.by_hand}" if seen.by_hand else ""
        state, found = State.DONE, f"{seen.found} (seen on {seen.at}{by})"
    gate, command = text_for(text.gate, service), text_for(text.command, service)
    return StepProgress(step.value, text.title, state.value, found, gate, command)
