"""When v1 may be removed: nobody reaches it, and nothing is written back to it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import pytest

from strangler.model.authority import Authority, MoveStep, Side
from strangler.model.errors import UnavailableError
from strangler.planner.moved_requests import service_answers
from strangler.planner.retirement_conditions import data_conditions, traffic_conditions, unmet
from strangler.project import Condition, ConditionSource, RouteMatch, RouteRule
from strangler_etl.following.follower import apply_backward, apply_forward
from strangler_etl.migration import Migration
from strangler_etl.records.authority import replace_authority
from strangler_gateway.admin.messages import GatewayStatus, ServiceStatus
from strangler_gateway.in_flight import InFlight
from tests.etl.copied_case import copied, give_to_v2
from tests.etl.reviews_case import ReviewsCase


@pytest.fixture
def migration(case: ReviewsCase) -> Generator[Migration]:
    """Everything copied and followed."""
    with copied(case) as opened:
        yield opened


def _gateway(side: Side, shares: dict[str, float] | None = None) -> GatewayStatus:
    known = ServiceStatus("reviews", side, 1, None, InFlight(), shares or {}, tuple(Side))
    return GatewayStatus(7, "plan", {"reviews": known})


def _said(*answers: GatewayStatus | UnavailableError) -> list[str]:
    named = {f"127.0.0.1:{number}": answer for number, answer in enumerate(answers)}
    return [f"{condition.name}: {condition.found}" for condition in unmet(traffic_conditions("reviews", named))]


def test_every_gateway_must_send_all_of_it_to_v2() -> None:
    """One that is silent, does not know the service or sends a part of it to v1 stands in the way."""
    assert _said(_gateway(Side.V2), _gateway(Side.V1, {"GET /a": 100.0})) == []
    assert _said() == ["gateway: no gateway is named"]
    assert _said(_gateway(Side.V1, {"GET /a": 100.0, "GET /b": 5.0})) == [
        "gateway 127.0.0.1:0: sends 95 % of GET /b to v1"
    ]
    assert _said(_gateway(Side.V1)) == ["gateway 127.0.0.1:0: sends 100 % of the service to v1"]
    assert _said(_gateway(Side.V2), UnavailableError("does not answer")) == ["gateway 127.0.0.1:1: does not answer"]
    assert _said(GatewayStatus(7, "plan", {})) == ["gateway 127.0.0.1:0: does not know the service"]


def test_v2_must_have_the_authority_and_no_journal_may_flow(migration: Migration) -> None:
    """A follower that has just run keeps a way that is still needed, in either direction."""
    apply_forward(migration.source, migration.target, migration.mapping)
    alone = replace(migration, mapping=replace(migration.mapping, tables=migration.mapping.owned))
    assert {"authority", "journal of v1"} <= {item.name for item in unmet(data_conditions(alone))}
    give_to_v2(migration)
    apply_backward(migration.source, migration.target, migration.mapping)
    found = {item.name for item in unmet(data_conditions(migration))}
    assert "authority" not in found
    assert "journal of v2" in found


def test_copies_of_rows_that_stay_are_followed_for_ever(migration: Migration) -> None:
    """They do not keep v1's code; only what goes back to v1 does."""
    apply_forward(migration.source, migration.target, migration.mapping)
    give_to_v2(migration)
    assert migration.mapping.replicas
    assert [item.name for item in data_conditions(migration)] == ["authority", "journal of v2"]


def test_a_move_under_way_is_no_authority(migration: Migration) -> None:
    """Nobody knows yet how it ends."""
    moving = Authority("reviews", Side.V2, 2, MoveStep.OPENED)
    replace_authority(migration.source, Authority("reviews"), moving)
    assert "a move is under way" in unmet(data_conditions(migration))[0].found


def test_a_service_answers_what_its_rules_are_for_whatever_else_a_request_holds() -> None:
    """Rules that ask for a host, a header or a cookie leave the rest to v1; the nearest rule counts."""
    narrow = Condition(ConditionSource.HEADER, "x-try")
    answers = service_answers(
        "reviews",
        [
            RouteRule(RouteMatch("/reviews", ("GET",)), "reviews"),
            RouteRule(RouteMatch("/reviews/{id}"), "reviews"),
            RouteRule(RouteMatch("/reviews/export"), "reports"),
            RouteRule(RouteMatch("/votes", conditions=(narrow,)), "reviews"),
            RouteRule(RouteMatch("/flags", host="shop.example"), "reviews"),
        ],
    )
    assert answers("GET", "/reviews")
    assert not answers("POST", "/reviews")
    assert answers("DELETE", "/reviews/{number}")
    assert not answers("GET", "/reviews/export")
    assert not answers("GET", "/votes")
    assert not answers("GET", "/flags")
