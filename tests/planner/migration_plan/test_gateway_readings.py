"""What gateways must say for their gates to open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strangler.cli.render.plan import skipped_line
from strangler.model.authority import Side
from strangler.model.errors import UnavailableError
from strangler.planner.migration_plan.gateway_readings import gateway_readings
from strangler.planner.migration_plan.open_steps import open_steps
from strangler.planner.migration_plan.plan_file import Plan, Seen
from strangler.planner.migration_plan.progress import standing
from strangler.planner.migration_plan.reading import State, done
from strangler.planner.migration_plan.steps import Step
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus
from strangler_gateway.in_flight import InFlight
from strangler_gateway.shadow.counts import ShadowCounts
from strangler_gateway.shadow.ledger import Summary
from strangler_gateway.shadow.report import Diffs, RouteDiffs

_KNOWN = ServiceStatus("reviews", Side.V1, 1, None, InFlight(), {"GET /a": 100.0, "POST /a": 0.0}, tuple(Side))


def _gateway(status: ServiceStatus = _KNOWN) -> GatewayStatus:
    return GatewayStatus(7, "plan", {"reviews": status})


def _diffs(compared: int, unexplained: int) -> Diffs:
    summary = Summary(compared=compared, unexplained=unexplained)
    return Diffs({"GET /a": RouteDiffs("reviews", 10, ShadowCounts(), summary)})


def test_every_gateway_must_know_both_sides() -> None:
    """One that does not keeps the gate closed; one that is silent leaves everything unknown."""
    one_sided = _gateway(replace(_KNOWN, sides=(Side.V1,)))
    assert gateway_readings("reviews", {"a": _gateway()}, Diffs())[Step.FRONT].state is State.DONE
    lacking = gateway_readings("reviews", {"a": _gateway(), "b": one_sided}, Diffs())[Step.FRONT]
    assert (lacking.state, lacking.found) == (State.OPEN, "1 of 2 do not know both sides of it")
    silent = gateway_readings("reviews", {"a": _gateway(), "b": UnavailableError("it is down", where="b")}, Diffs())
    assert {reading.state for reading in silent.values()} == {State.UNKNOWN}
    assert silent[Step.SHIFT].found == "b: it is down"
    assert gateway_readings("reviews", {}, Diffs())[Step.FRONT].state is State.UNKNOWN


def test_a_move_tells_the_steps_it_does_not_ask_for() -> None:
    """While they are open; not where they are done, were seen done, or no gateway says anything."""
    plan, half = Plan("reviews", "now"), replace(_KNOWN, shares={"GET /a": 50.0})
    found = gateway_readings("reviews", {"a": _gateway(half)}, _diffs(3, 0))
    compare, shift = map(skipped_line, open_steps(plan, found))
    assert compare.startswith("open    compare: 3 answers compared, 0 differ without an explanation; no condition")
    assert compare.endswith(" of a move: strangler gateway shadow reviews --sample 10%")
    assert shift.startswith(
        "open    shift: 50 % of the requests to GET /a go to v2, and no fewer of any other read; no"
    )
    seen = plan.with_seen(Step.COMPARE, Seen("100 answers compared", "before"))
    assert [item.step for item in open_steps(seen, found)] == [Step.SHIFT]
    assert not open_steps(plan, gateway_readings("reviews", {"a": _gateway()}, _diffs(100, 0)))
    assert not open_steps(plan, gateway_readings("reviews", {"a": UnavailableError("down")}, Diffs()))


@pytest.mark.parametrize(
    ("compared", "unexplained", "state"),
    [
        (0, 0, State.UNKNOWN),
        (99, 0, State.UNKNOWN),
        (99, 1, State.OPEN),
        (100, 0, State.DONE),
        (1000, 1, State.DONE),
        (1000, 2, State.OPEN),
    ],
)
def test_answers_must_be_compared_and_hardly_differ(compared: int, unexplained: int, state: State) -> None:
    """Too few say nothing, unless one of them differs."""
    found = gateway_readings("reviews", {"a": _gateway()}, _diffs(compared, unexplained))
    assert found[Step.COMPARE].state is state


@pytest.mark.parametrize("unexplained", [0, 5])
def test_a_route_whose_every_body_is_noise_is_unproven(unexplained: int) -> None:
    """However many answers others have: nobody knows what v2 says there. It is named, with who says what to do."""
    noise = Summary(compared=500, explained=500, body_noise=500)
    routes = {"GET /page": RouteDiffs("reviews", 10, ShadowCounts(), noise), **_diffs(200, unexplained).routes}
    found = gateway_readings("reviews", {"a": _gateway()}, Diffs(routes))[Step.COMPARE]
    assert found.state is State.OPEN
    assert found.found == (
        f"200 answers compared, {unexplained} differ without an explanation; unproven: GET /page, where every body is"
        " noise and v2 was compared with nothing: strangler gateway diffs reviews says what to do"
    )


def test_pairs_that_tell_nothing_are_not_among_those_compared() -> None:
    """Where others of the route do, there have to be enough of them."""
    part = Summary(compared=150, equal=60, explained=90, body_noise=90)
    diffs = Diffs({"GET /page": RouteDiffs("reviews", 10, ShadowCounts(), part)})
    found = gateway_readings("reviews", {"a": _gateway()}, diffs)[Step.COMPARE]
    assert (found.state, found.found) == (State.UNKNOWN, "60 answers compared, 0 differ without an explanation")


@pytest.mark.parametrize(
    ("shares", "state"),
    [
        ({"GET /a": 100.0, "POST /a": 0.0}, State.DONE),
        ({"GET,POST /a": 100.0, "* /b": 100.0}, State.DONE),
        ({"GET /a": 100.0, "* /b": 50.0}, State.OPEN),
        ({"GET shop.example/a": 100.0, "* shop.example/b [header X-Beta=yes]": 100.0}, State.DONE),
        ({"GET shop.example/a": 50.0}, State.OPEN),
        ({"POST /a": 100.0}, State.OPEN),
        ({}, State.OPEN),
    ],
)
def test_reads_must_go_to_v2_whatever_becomes_of_writes(shares: dict[str, float], state: State) -> None:
    """Reads are what rules for GET, HEAD or any method take; once v2 has the authority everything goes there."""
    part = replace(_KNOWN, shares=shares)
    assert gateway_readings("reviews", {"a": _gateway(part)}, Diffs())[Step.SHIFT].state is state
    moved = replace(part, side=Side.V2)
    assert gateway_readings("reviews", {"a": _gateway(moved)}, Diffs())[Step.COMPARE].passed
    assert gateway_readings("reviews", {"a": _gateway(moved)}, Diffs())[Step.SHIFT].state is State.DONE


def test_the_read_that_is_behind_is_named() -> None:
    """Who reads the plan wants to know which route to shift next."""
    part = replace(_KNOWN, shares={"GET /a": 100.0, "GET /b": 5.0, "POST /b": 0.0})
    found = gateway_readings("reviews", {"a": _gateway(part)}, Diffs())[Step.SHIFT].found
    assert found == "5 % of the requests to GET /b go to v2, and no fewer of any other read"


@pytest.mark.parametrize(("share", "under_way"), [(0.0, False), (30.0, True), (100.0, False)])
def test_reads_that_go_to_v2_in_part_are_under_way(share: float, under_way: bool) -> None:
    """It is what is taken back first, whatever gates before it are closed."""
    readings = gateway_readings("reviews", {"a": _gateway(replace(_KNOWN, shares={"GET /a": share}))}, Diffs())
    assert readings[Step.SHIFT].under_way is under_way
    last = standing(Plan("reviews", "2027-01-01T00:00:00Z"), {Step.MAP: done("all"), **readings}).last
    assert last is not None
    assert last.step is (Step.SHIFT if under_way else Step.MAP)
