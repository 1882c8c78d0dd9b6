"""The plan as a list of entries."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.authority import Side
from strangler.model.shadow import ShadowRule
from strangler.project import Address
from strangler_gateway.export.entries import WHOLE, Entry, Repeat, entries_of, parts_of_whole
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.routing.plan import Plan, Route, ServicePlan
from strangler_gateway.transport.origin import Origin

V1, V2 = (Origin.of("http://127.0.0.1:1"),), (Origin.of("http://127.0.0.1:2"),)


def entries(route: Route, side: Side = Side.V1) -> list[Entry]:
    """Return the entries of one route."""
    plan = Plan(V1, {"reviews": ServicePlan("reviews", V1, V2)}, (route,))
    return entries_of(ExportSetting(plan, Address("127.0.0.1", 1), {"reviews": side}))


def said(entry: Entry) -> str:
    """Return an entry in one line."""
    targets = " ".join(
        f"{target.pool.side}:{target.weight / WHOLE:g}{'+v1' if target.fallback else ''}" for target in entry.targets
    )
    return (
        f"{','.join(entry.methods) or '*'} {entry.repeat.name}{f' [{entry.asked}]' if entry.asked else ''}: {targets}"
    )


def test_reads_are_shared_and_writes_go_to_the_authority() -> None:
    """Who asks for a side comes first, and asks for no fallback; each group of methods is repeated as it may be."""
    assert [said(entry) for entry in entries(Route("/r", (), "reviews", v2=25))] == [
        "GET,HEAD SAFE [header x-strangler-side=v1]: v1:1",
        "GET,HEAD SAFE [header x-strangler-side=v2]: v2:1",
        "GET,HEAD SAFE: v2:0.25+v1 v1:0.75",
        "OPTIONS,TRACE SAFE: v1:1",
        "PUT,DELETE IDEMPOTENT: v1:1",
        "* NEVER: v1:1",
    ]


def test_after_the_cut_over_everything_goes_to_v2() -> None:
    """Nothing falls back: the monolith may have older data."""
    assert [said(entry) for entry in entries(Route("/r", ("GET", "POST"), "reviews", v2=25), Side.V2)] == [
        "GET,HEAD SAFE: v2:1",
        "POST NEVER: v2:1",
    ]


def test_after_a_rollback_nobody_gets_to_v2() -> None:
    """Whatever is asked for."""
    route = Route("/r", ("GET",), "reviews", v2=25, rolled_back=True)
    assert [said(entry) for entry in entries(route)] == ["GET,HEAD SAFE: v1:1"]


def test_a_stateless_service_shares_every_method() -> None:
    """Only what is safe falls back to v1."""
    route = Route("/r", ("GET", "POST", "PUT"), "reviews", v2=100, stateless=True)
    assert [said(entry) for entry in entries(route) if entry.asked is None] == [
        "GET,HEAD SAFE: v2:1+v1",
        "PUT IDEMPOTENT: v2:1",
        "POST NEVER: v2:1",
    ]


def test_a_route_is_copied_to_the_side_that_does_not_answer() -> None:
    """Nothing is copied where clients are divided, since copies would go to one side."""
    route = Route("/r", ("GET",), "reviews", shadow=ShadowRule(10))
    copied = [entry.shadow.side if entry.shadow else None for entry in entries(route) if entry.asked is None]
    assert copied == [Side.V2]
    assert not any(entry.shadow for entry in entries(replace(route, v2=50)))


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=9))
def test_parts_sum_to_the_whole(weights: list[float]) -> None:
    """Each is right to the millionth, and none is negative."""
    parts = parts_of_whole(weights)
    assert sum(parts) == WHOLE
    assert all(
        abs(part / WHOLE - weight / sum(weights)) < 2 / WHOLE for part, weight in zip(parts, weights, strict=True)
    )


def test_repeats_are_those_of_the_standard() -> None:
    """RFC 9110: safe methods, and the idempotent ones besides."""
    assert {*Repeat.SAFE.value, *Repeat.IDEMPOTENT.value} == {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"}
