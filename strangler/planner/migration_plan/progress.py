"""The progress of a plan: what is seen now, combined with what was seen before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from strangler.planner.audit_log import AuditLog
from strangler.planner.migration_plan.plan_file import Plan, Seen
from strangler.planner.migration_plan.reading import Reading, Readings, State, done, unknown
from strangler.planner.migration_plan.steps import STEPS, Step, text_for


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of a plan as users see it; `by_hand` says who has declared it done without evidence.

    An `urgent` step was begun and interrupted; its command finishes it. A step `under_way` has changed something
    already.
    """

    step: Step
    title: str
    state: State
    found: str
    gate: str
    command: str
    by_hand: str | None = None
    urgent: bool = False
    under_way: bool = False


@dataclass(frozen=True, slots=True)
class ServiceStanding:
    """Every step of a service's plan, in order."""

    service: str
    steps: tuple[PlannedStep, ...]

    @property
    def next(self) -> PlannedStep | None:
        """The interrupted step, or the first one that is not over; None when all are."""
        cut_off = next((item for item in self.steps if item.urgent), None)
        return cut_off or next((item for item in self.steps if item.state is not State.DONE), None)

    @property
    def has_databases(self) -> bool:
        """Whether a step is done that needs both databases."""
        later = list(Step)[list(Step).index(Step.JOURNAL) :]
        return any(item.state is State.DONE for item in self.steps if item.step in later)

    @property
    def last(self) -> PlannedStep | None:
        """The last step done: one that is under way, else the last of those over without a gap; None without any."""
        begun = [item for item in self.steps if item.under_way]
        if begun:
            return begun[-1]
        over: PlannedStep | None = None
        for item in self.steps:
            if item.state is not State.DONE:
                break
            over = item
        return over


def passed(readings: Readings) -> Readings:
    """The readings, with the gates before a completed cut-over counted as passed: nobody waits for them any more."""
    if _reading(readings, Step.CUTOVER).state is not State.DONE:
        return readings
    before = list(Step)[: list(Step).index(Step.CUTOVER)]
    found = {step: _reading(readings, step) for step in before}
    # A step that was interrupted since then, and has to be finished, is no gate that was passed.
    open_ = [step for step, one in found.items() if one.state is not State.DONE and one.finish is None]
    told = {step: f"passed by the cut-over ({found[step].found})" for step in open_}
    return {**readings, **{step: Reading(State.DONE, text, passed=True) for step, text in told.items()}}


def updated(plan: Plan, readings: Readings, now: Callable[[], str], log: AuditLog) -> Plan:
    """The plan with what is seen now; the audit log records each gate that opens or closes."""
    for step in STEPS:
        reading, before = _reading(readings, step), plan.seen.get(step)
        if reading.passed:
            # Nobody has seen it done: what was seen or declared before counts again should the authority come back.
            continue
        if reading.state is State.DONE:
            if before is None or before.by_hand is not None:
                log.record(plan.service, f"plan: {step} is done", {"evidence": reading.found})
                plan = plan.with_seen(step, Seen(reading.found, now()))
            elif before.found != reading.found:
                plan = plan.with_seen(step, Seen(reading.found, now()))
        elif reading.state is State.OPEN and before is not None and before.by_hand is None:
            log.record(plan.service, f"plan: {step} is not done any more", {"found": reading.found})
            plan = plan.with_seen(step, None)
    return plan


def standing(plan: Plan, readings: Readings) -> ServiceStanding:
    """Every step with its state: what is seen now counts first, then what was seen before or declared by hand."""
    return ServiceStanding(plan.service, tuple(_planned(plan, readings, step) for step in STEPS))


def _planned(plan: Plan, readings: Readings, step: Step) -> PlannedStep:
    reading, seen, text = _reading(readings, step), plan.seen.get(step), STEPS[step]
    by_hand: str | None = None
    if reading.state is not State.DONE and seen is not None:
        if seen.by_hand is not None:
            by_hand = seen.by_hand
            reading = done(f"by hand, {seen.by_hand} on {seen.at}: {seen.found} (seen: {reading.found})")
        elif reading.state is State.UNKNOWN:
            reading = done(f"{seen.found} (seen on {seen.at}; now: {reading.found})")
    now = _reading(readings, step)
    finish = now.finish
    gate, command = text_for(text.gate, plan.service), finish or now.instead or text_for(text.command, plan.service)
    told = (step, text.title, reading.state, reading.found, gate, command, by_hand)
    return PlannedStep(*told, finish is not None, now.under_way)


def _reading(readings: Readings, step: Step) -> Reading:
    return readings.get(step, unknown("nothing was looked at"))
