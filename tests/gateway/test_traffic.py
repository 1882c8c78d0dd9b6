"""Where a request goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strangler.model.authority import Side as Authority
from strangler.project_reader import parse_project
from strangler_gateway.in_flight import Ticket
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.routing.plan import Plan, compile_plan
from strangler_gateway.traffic import Known, Traffic
from tests.gateway.running import Side, plan, running_gateway, served

PROJECT = """
[monolith]
upstreams = ["http://127.0.0.1:1"]

[services.reviews]
upstreams = ["http://127.0.0.1:2"]
traffic = {{ {whole} }}
{more}

[[routes]]
match = {{ path = "/reviews" }}
service = "reviews"

[[routes]]
match = {{ path = "/own" }}
service = "reviews"
traffic = {{ v2 = 100 }}
"""
ARMS = """arms = [
    { name = "old", side = "v1", weight = 0 },
    { name = "new", side = "v2", weight = 1 },
    { name = "bold", side = "v2", weight = 0, upstreams = ["http://127.0.0.1:3"] },
], override = "cookie:try\""""


def planned(whole: str, more: str = "") -> Plan:
    """Return the plan of a project whose service has some traffic."""
    return compile_plan(parse_project(PROJECT.format(whole=whole, more=more)), {})


def asked(
    plan: Plan, method: str = "GET", path: str = "/reviews", tried: str = "", side: Authority = Authority.V1
) -> Ticket:
    """Return where a request goes."""
    headers = [(b"cookie", b"a=1; try=" + tried.encode()), (b"x-strangler-side", b"v2")]
    traffic = Traffic(plan, lambda: 0.0, {"reviews": Known(side, 1)})
    return traffic.decide(RequestFacts(method, path, headers, "10.0.0.1"))


def test_a_route_has_the_traffic_of_its_service_unless_it_has_its_own() -> None:
    """One line shifts a whole service."""
    plan = planned('v2 = 0, override = "header:X-Other"')
    assert asked(plan).side is Authority.V1
    assert asked(plan, path="/own").side is Authority.V2


def test_arms_go_to_a_side_or_to_their_own_upstreams() -> None:
    """By weight, or as the request asks; what names no arm is not heard."""
    plan = planned(ARMS.replace("\n", " "))
    assert (asked(plan).side, asked(plan).arm) == (Authority.V2, "new")
    assert (asked(plan, tried="old").side, asked(plan, tried="v1").side) == (Authority.V1, Authority.V1)
    bold = asked(plan, tried="bold")
    assert (bold.side, [str(origin) for origin in bold.origins]) == (Authority.V2, ["http://127.0.0.1:3"])
    assert asked(plan, tried="other").arm == "new"


def test_no_arm_contradicts_the_authority() -> None:
    """Writes go to the authority; after the cut-over nobody reads what has no writes any more."""
    plan = planned(ARMS.replace("\n", " "))
    assert asked(plan, "POST", tried="new").side is Authority.V1
    assert asked(plan, tried="old", side=Authority.V2).side is Authority.V2
    assert asked(plan, tried="v1", side=Authority.V2).side is Authority.V2
    known = plan.traffic()["* /reviews"]
    arms = tuple(replace(arm, weight=float(arm.name == "old")) for arm in known.arms)
    only_old = plan.with_traffic({"* /reviews": replace(known, arms=arms)})
    assert asked(only_old).arm == "old"
    assert (asked(only_old, side=Authority.V2).side, asked(only_old, side=Authority.V2).arm) == (Authority.V2, None)


def test_what_owns_no_data_is_shared_with_every_method() -> None:
    """Nothing is in a database that only one side may write."""
    assert asked(planned("v2 = 100", "stateless = true"), "POST").side is Authority.V2
    assert asked(planned("v2 = 100"), "POST").side is Authority.V1


@pytest.mark.anyio
async def test_undeclared_routes_are_refused_where_the_plan_says_so() -> None:
    """With a problem of RFC 9457; the monolith hears of nothing but what is declared."""
    monolith = Side("v1")
    async with served(monolith) as address:
        base = replace(plan(f"http://{address}"), refuse_undeclared=True)
        async with running_gateway(base) as gateway:
            answer = await gateway.client.get("/admin?x=1")
            assert await gateway.get("/reviews") == "v1"
            assert [path for _, path, _, _ in monolith.seen] == ["/reviews"]
            assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
            assert answer.json() == {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "no route is declared for GET /admin",
            }
