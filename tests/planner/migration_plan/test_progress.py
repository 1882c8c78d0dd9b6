"""What a plan remembers, and what it believes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.planner.audit_log import AuditLog
from strangler.planner.migration_plan.plan_file import Plan, PlanFile, Seen
from strangler.planner.migration_plan.progress import ServiceStanding, passed, standing, updated
from strangler.planner.migration_plan.reading import Reading, Readings, State, done, missing, unknown
from strangler.planner.migration_plan.steps import Step
from strangler.store import ArtefactStore

_SEEN = Seen("1,200 rows", "2027-01-01T00:00:00+00:00")
_BY_HAND = Seen("another team did it", "2027-01-01T00:00:00+00:00", "somebody@here")


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    """Give an empty audit log."""
    return AuditLog(tmp_path / "audit.jsonl", "somebody@here", lambda: 0.0)


def _state(plan: Plan, readings: Readings, step: Step) -> tuple[State, str]:
    item = next(item for item in standing(plan, readings).steps if item.step is step)
    return item.state, item.found


def _actions(log: AuditLog) -> list[str]:
    return [json.loads(line)["action"] for line in log.path.read_text().splitlines()] if log.path.exists() else []


def _now() -> str:
    return "2027-02-02T00:00:00+00:00"


def test_evidence_is_kept_and_noted_once(log: AuditLog) -> None:
    """In the plan and in the audit log."""
    plan = updated(Plan("reviews", "then"), {Step.SEED: done("9 rows")}, _now, log)
    assert plan.seen[Step.SEED] == Seen("9 rows", _now())
    again = updated(plan, {Step.SEED: done("9 rows")}, lambda: "later", log)
    assert again == plan
    assert _actions(log) == ["plan: seed is done"]


def test_what_was_seen_counts_while_nobody_can_look(log: AuditLog) -> None:
    """With its date and the reason; it counts no more when somebody looks and sees the contrary."""
    plan = Plan("reviews", "then", seen={Step.COMPARE: _SEEN})
    state, found = _state(plan, {Step.COMPARE: unknown("the gateway does not answer")}, Step.COMPARE)
    assert state is State.DONE
    assert found == f"1,200 rows (seen on {_SEEN.at}; now: the gateway does not answer)"
    readings = {Step.COMPARE: missing("40 differ")}
    assert _state(plan, readings, Step.COMPARE) == (State.OPEN, "40 differ")
    assert Step.COMPARE not in updated(plan, readings, _now, log).seen
    assert _actions(log) == ["plan: compare is not done any more"]


def test_a_step_declared_by_hand_says_so(log: AuditLog) -> None:
    """And beside it what is really there; evidence takes its place."""
    plan = Plan("reviews", "then", seen={Step.DESIGN: _BY_HAND})
    state, found = _state(plan, {Step.DESIGN: missing("none is named")}, Step.DESIGN)
    assert state is State.DONE
    assert found == f"by hand, somebody@here on {_BY_HAND.at}: another team did it (seen: none is named)"
    assert updated(plan, {Step.DESIGN: missing("none is named")}, _now, log).seen == plan.seen
    assert updated(plan, {Step.DESIGN: done("a file")}, _now, log).seen[Step.DESIGN].by_hand is None


def test_what_was_declared_outlives_a_cut_over(log: AuditLog) -> None:
    """That its gate was passed is no evidence of it: after a rollback it counts again, with who said so and why."""
    plan = Plan("reviews", "then", seen={Step.DESIGN: _BY_HAND})
    moved = passed({Step.CUTOVER: done("v2 has the authority"), Step.DESIGN: missing("none is named")})
    after = updated(plan, moved, _now, log)
    assert after.seen[Step.DESIGN] == _BY_HAND
    assert _state(after, {Step.DESIGN: missing("none is named")}, Step.DESIGN)[0] is State.DONE


def test_what_the_authority_of_v2_lets_pass_is_not_kept_as_seen(log: AuditLog) -> None:
    """After a rollback nobody has compared an answer."""
    moved = {Step.COMPARE: replace(done("v2 has the authority"), passed=True)}
    after = updated(Plan("reviews", "then"), moved, _now, log)
    assert _state(after, {Step.COMPARE: unknown("0 answers compared")}, Step.COMPARE)[0] is State.UNKNOWN
    assert _actions(log) == []


def test_a_cut_over_that_is_done_passes_the_gates_before_it() -> None:
    """A design that nobody wrote is not what comes next then, and what is taken back first is the cut-over."""
    moved = passed({Step.CUTOVER: done("v2 has the authority"), Step.DESIGN: missing("none is named")})
    found = standing(Plan("reviews", "then"), moved)
    assert (found.next and found.next.step, found.last and found.last.step) == (Step.REWRITE, Step.CUTOVER)
    assert moved[Step.DESIGN].found == "passed by the cut-over (none is named)"
    unmoved = {Step.CUTOVER: missing("v1 has it"), Step.DESIGN: missing("none is named")}
    assert passed(unmoved) == unmoved


_READINGS = st.dictionaries(st.sampled_from(Step), st.builds(Reading, st.sampled_from(State), st.just("")))


@given(_READINGS)
def test_next_is_the_first_that_is_not_done(readings: Readings) -> None:
    """And the last is the one before it."""
    found: ServiceStanding = standing(Plan("reviews", "then"), readings)
    steps = list(Step)
    first = next((s for s in steps if s not in readings or readings[s].state is not State.DONE), None)
    assert (found.next.step if found.next else None) == first
    before = len(steps) if first is None else steps.index(first)
    assert (found.last.step if found.last else None) == (steps[before - 1] if before else None)


def test_plans_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Each service has its own."""
    file = PlanFile(ArtefactStore.beside(tmp_path))
    assert file.read() == {}
    reviews = Plan("reviews", "then", ("tables",), {Step.SEED: _SEEN, Step.DESIGN: _BY_HAND})
    file.write(reviews)
    file.write(Plan("orders", "now"))
    assert file.read() == {"reviews": reviews, "orders": Plan("orders", "now")}
    file.remove("orders")
    assert file.read() == {"reviews": reviews}
