"""What is written for the Gateway API and Istio, against schemas written down from their specifications."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.project import Address, Condition, ConditionSource
from strangler_gateway.export.entries import Entry, Repeat, Target
from strangler_gateway.export.kubernetes.resources import asked_of
from strangler_gateway.export.pools import Pools
from strangler_gateway.export.setting import ExportSetting
from strangler_gateway.export.targets import ExportTarget, export
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.routing.plan import Plan, Route, ServicePlan
from strangler_gateway.transport.origin import Origin
from tests.gateway.export.shop import PROJECT, setting
from tests.gateway.routing.test_route_table import rules

SCHEMAS = Path(__file__).parent / "schemas"
V1, V2 = (Origin.of("http://10.0.0.1:1"),), (Origin.of("http://10.0.0.2:2"), Origin.of("http://[fd00::2]:3"))
TARGETS = [ExportTarget.GATEWAY_API, ExportTarget.ISTIO]


def problems(target: ExportTarget, exported: str) -> list[str]:
    """Return what a schema has against a configuration; resources are looked at one by one, by their kinds."""
    schema = json.loads((SCHEMAS / f"{target}.json").read_text(encoding="utf-8"))
    kinds = {one["properties"]["kind"]["const"]: one for one in schema["properties"]["items"]["items"]["oneOf"]}
    found: list[str] = []
    for item in json.loads(exported)["items"]:
        validator = jsonschema_rs.validator_for(kinds[item["kind"]])
        found += [f"{item['kind']} {error.instance_path}: {error.message}" for error in validator.iter_errors(item)]
    return found


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("more", ["", "refuse_undeclared = true", "tls = { certificate = 'a.pem', key = 'b.pem' }"])
def test_the_schema_is_fulfilled(target: ExportTarget, more: str) -> None:
    """By a plan with something of everything."""
    text = PROJECT.replace("[gateway]\n", f"[gateway]\n{more}\n", 1)
    assert problems(target, export(target, setting(text)).text) == []


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=50)
@given(st.lists(rules, max_size=6))
def test_any_rules_fulfil_it(target: ExportTarget, drawn: list[Route]) -> None:
    """With hosts, methods, templates and conditions of all kinds."""
    plan = Plan(V1, {"reviews": ServicePlan("reviews", V1, V2)}, tuple(drawn))
    assert problems(target, export(target, ExportSetting(plan, Address("0.0.0.0", 80))).text) == []


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([None, "1", "2"])), max_size=3),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("12")), max_size=3, unique_by=lambda pair: pair[0]),
)
def test_cookies_are_found_in_any_order(wanted: list[tuple[str, str | None]], shown: list[tuple[str, str]]) -> None:
    """By one expression for the whole field, which is what both languages take."""
    conditions = tuple(Condition(ConditionSource.COOKIE, name, value) for name, value in wanted)
    plan = Plan(V1, {"reviews": ServicePlan("reviews", V1, V2)}, ())
    entry = Entry(Route("/", (), "reviews", conditions=conditions), (), Repeat.SAFE, (Target(Pools(plan).monolith),))
    asked = asked_of(entry)
    field = "; ".join(f"{name}={value}" for name, value in shown)
    request = RequestFacts("GET", "/", ((b"cookie", field.encode()),), "")
    met = all(
        (found := request.cookie(name.encode())) is not None and value in {None, found.decode()}
        for name, value in wanted
    )
    fits = asked is not None and all(re.fullmatch(header.value or ".*", field) for header in asked.headers)
    assert fits == met


def test_a_rule_that_nothing_can_meet_is_left_out() -> None:
    """Two values of one header field: both languages would heed one of them."""
    conditions = tuple(Condition(ConditionSource.HEADER, "X-Beta", value) for value in ("yes", "no"))
    plan = Plan(V1, {"reviews": ServicePlan("reviews", V1, V2)}, (Route("/r", (), "reviews", conditions=conditions),))
    text = export(ExportTarget.ISTIO, ExportSetting(plan, Address("127.0.0.1", 1))).text
    assert '"x-beta"' not in text
