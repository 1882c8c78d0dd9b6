"""Routes that stay on v1 and write what moves stop a cut-over, unless logs say that nobody calls them."""

from __future__ import annotations

from dataclasses import replace

from strangler.model.evidence import AccessTraffic, ObservedRun, RouteTraffic
from strangler.model.location import Location
from strangler.model.system import SystemFacts
from strangler.planner.failing_routes import FailingRoute, failing_routes, routes_condition
from strangler.planner.writers import Writer, Writers

PATCH = Writer("PATCH /me", ("review",), Location("m.py", 1), "PATCH /me")
FORM = Writer("POST,PATCH,DELETE /form", ("review",), Location("m.py", 2), "ANY /form")
WRITERS = Writers((), (FORM, PATCH), (), (), ())
FACTS = SystemFacts("m")
LOGGED = replace(FACTS, access_traffic=AccessTraffic(9, 0, (RouteTraffic("/form", "ANY", 9, 0, 0),), ()))
RECORDED = ObservedRun((), (), (), (), (), (("/me", "PATCH"),), (), (), (), 0)


def test_nobody_knows_who_calls_a_route_without_a_log() -> None:
    """So it has to be feared that somebody does."""
    found = failing_routes(FACTS, WRITERS)
    assert found == (FailingRoute(FORM, None, recorded=False), FailingRoute(PATCH, None, recorded=False))
    condition = routes_condition("reviews", found, ())
    assert not condition.holds
    assert not condition.waivable
    assert condition.found == (
        "2 routes stay on v1 and write what moves; their writes will fail: POST,PATCH,DELETE /form, PATCH /me"
    )
    assert "strangler cutover reviews --accept-failing-routes" in condition.mend


def test_a_route_of_the_service_that_only_lacks_a_rule_is_told_apart() -> None:
    """It will not stay on v1."""
    found = routes_condition("reviews", failing_routes(FACTS, WRITERS), (), {"PATCH /me", "GET /other"}).found
    assert found.endswith("PATCH /me; no rule of [[routes]] names 1 of them yet, which the service is to answer")


def test_requests_of_a_log_count_for_the_route_as_the_map_names_it() -> None:
    """One that the log does not have stands in nobody's way."""
    found = failing_routes(LOGGED, WRITERS)
    assert [(route.requests, route.unused) for route in found] == [(9, False), (0, True)]
    assert routes_condition("reviews", found, ()).found == (
        "2 routes stay on v1 and write what moves; 1 may be in use, and will fail: POST,PATCH,DELETE /form"
    )
    condition = routes_condition("reviews", found[1:], ())
    assert condition.holds
    assert condition.found == "1 route stays on v1 and writes what moves, without a request in the access logs"


def test_a_route_that_a_recorded_run_entered_is_in_use() -> None:
    """Though the log does not have it."""
    found = failing_routes(replace(LOGGED, observed=RECORDED), WRITERS)
    assert [route.unused for route in found] == [False, False]


def test_a_service_whose_tables_nobody_else_writes_may_move() -> None:
    """There is nothing to list."""
    assert routes_condition("reviews", failing_routes(FACTS, Writers((), (), (), (), ())), ()).holds


def test_writers_that_are_no_routes_are_named_beside_them() -> None:
    """None of them keeps a move from beginning: nobody can tell from the code whether they still run."""
    program = Writer("program tidy", ("reviews_review",), Location("tidy.py", 1))
    condition = routes_condition("reviews", (), [program])
    assert condition.holds
    told = "1 writer outside routes, whose writes will fail: program tidy"
    assert condition.found == f"no route that stays writes what moves; {told}"
    route = FailingRoute(Writer("PATCH /me", ("reviews_review",), Location("shop.py", 1)), None, recorded=False)
    assert routes_condition("reviews", [route], [program]).found.endswith(f"will fail: PATCH /me; and {told}")
