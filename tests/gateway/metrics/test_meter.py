"""What is counted of each request."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.authority import Side
from strangler_gateway.in_flight import Ticket
from strangler_gateway.metrics.measures import Labels
from strangler_gateway.metrics.meter import BOUNDS, Meter

READ = Ticket("reviews", Side.V2, "GET", "/reviews/7", route="GET /reviews/{number}")
ARM = Ticket("reviews", Side.V2, "GET", "/reviews/7", route="GET /reviews/{number}")
ARM.arm = "bold"
OTHER = Ticket(None, Side.V1, "GET", "/any/path/a/client/makes/up")


def requests(meter: Meter) -> dict[Labels, float]:
    """Return the requests by their labels."""
    return dict(meter.measures().series[0].values)


def test_requests_are_told_apart_by_route_side_arm_and_class_of_status() -> None:
    """The labels are those of the plan: the path a client sends is not among them."""
    meter = Meter()
    for ticket, status in ((READ, 200), (READ, 204), (READ, 503), (ARM, 200), (OTHER, 404), (OTHER, 0)):
        meter.finished(ticket, status, 0.002)
    route = ("route", "GET /reviews/{number}")
    service = ("service", "reviews")
    v2 = ("side", "v2")
    undeclared = (("route", "undeclared"), ("side", "v1"))
    assert requests(meter) == {
        (service, route, v2, ("code", "2xx")): 2,
        (service, route, v2, ("code", "5xx")): 1,
        (service, route, v2, ("arm", "bold"), ("code", "2xx")): 1,
        (*undeclared, ("code", "4xx")): 1,
        (*undeclared, ("code", "none")): 1,
    }


@given(st.lists(st.one_of(st.floats(0, 100), st.sampled_from(BOUNDS))))
def test_each_duration_is_in_the_first_bucket_that_takes_it(durations: list[float]) -> None:
    """What is as long as a bound is up to it."""
    meter = Meter()
    for seconds in durations:
        meter.finished(READ, 200, seconds)
    found = meter.measures().histograms[0].values
    if not durations:
        assert found == ()
        return
    ((_, distribution),) = found
    for number, bound in enumerate(BOUNDS, 1):
        assert sum(distribution.buckets[:number]) == sum(seconds <= bound for seconds in durations)
    assert sum(distribution.buckets) == len(durations)


def test_how_long_a_tunnel_was_open_is_no_latency() -> None:
    """A WebSocket of a day would be the slowest request there ever was."""
    meter = Meter()
    meter.finished(READ, 101, 86_400)
    assert sum(requests(meter).values()) == 1
    ((_, distribution),) = meter.measures().histograms[0].values
    assert sum(distribution.buckets) == 0
    assert distribution.sum == 0


def test_routes_that_are_no_more_are_forgotten() -> None:
    """However often the plan changes, there is no more than the routes in use."""
    meter = Meter()
    for number in range(100):
        for side in Side:
            meter.finished(Ticket("reviews", side, "GET", "/", route=f"GET /{number}"), 200, 0.1)
    meter.fell_back(READ)
    meter.finished(OTHER, 200, 0.1)
    meter.forget({"GET /1": "reviews", "GET /2": "orders"})
    assert {dict(labels)["route"] for labels in requests(meter)} == {"GET /1", "undeclared"}
    assert meter.fallback_series().values == ()
