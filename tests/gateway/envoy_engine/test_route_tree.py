"""The tree finds the route that the list would, and tries only those that can be meant."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.demo.processes import free_port
from strangler.project import Address
from strangler_gateway.envoy_engine.route_tree import MOST_COPIES, by_start
from strangler_gateway.export.envoy.configuration import static_configuration
from strangler_gateway.export.envoy.matching import path_start
from strangler_gateway.export.envoy.routes import Placed, in_order
from strangler_gateway.export.setting import ExportSetting
from tests.gateway.envoy_process import configured_envoy
from tests.gateway.export.fronts import drawn_rules


def placed(*templates: str) -> list[Placed]:
    """Return a route for each template, called like it."""
    return [Placed(path_start(template), {"name": template}) for template in templates]


def tried(arranged: object) -> dict[str, list[str]]:
    """Return the names of the routes that are tried, by what a path begins with."""
    tree = msgspec.json.decode(msgspec.json.encode(arranged))["matcher"]["matcher_tree"]["prefix_match_map"]["map"]
    return {
        start: [route["name"] for route in found["action"]["typed_config"]["routes"]] for start, found in tree.items()
    }


def test_only_routes_are_tried_that_begin_like_the_path_in_the_order_in_which_they_win() -> None:
    """What begins with less is tried too: it may be meant."""
    found = tried(by_start(placed("/a/b", "/{x}/b", "/a/{y}", "/c", "/")))
    assert found == {
        "/": ["/{x}/b", "/"],
        "/a/": ["/{x}/b", "/a/{y}", "/"],
        "/a/b": ["/a/b", "/{x}/b", "/a/{y}", "/"],
        "/c": ["/{x}/b", "/c", "/"],
    }


@pytest.mark.parametrize("number", [100, 300])
def test_many_routes_that_begin_with_a_variable_stay_in_order(number: int) -> None:
    """Each would stand behind every beginning of the others: the tree would grow with the square of their number."""
    templates = (f"{start}{one}/{{id}}" for one in range(number) for start in ("/{locale}/thing", "/shared"))
    routes = placed(*templates, "/")
    assert by_start(routes) == in_order(routes)


@given(
    st.lists(st.sampled_from(["/", "/{x}", "/{x}/a", "/a", "/a/b", "/a/b/c", "/ab/{x}", "/b/{x}", "/c"]), min_size=1)
)
def test_what_envoy_reads_is_bounded_by_the_number_of_routes(templates: list[str]) -> None:
    """Whatever they begin with."""
    routes = placed(*templates)
    assert msgspec.json.encode(by_start(routes)).count(b'"name":"/') <= MOST_COPIES * len(routes)


def test_a_path_begins_with_what_is_sent_in_one_way_only() -> None:
    """What is percent-encoded may be so in letters of either case."""
    assert [path_start(template) for template in ("/a b/c", "/{x}", "/é", "/a/{x}/b")] == ["/a", "/", "/", "/a/"]


@pytest.mark.anyio
@pytest.mark.envoy
async def test_the_rule_that_wins_here_wins_there(tmp_path: Path) -> None:
    """Random rules with hosts, methods, templates and conditions, and random requests, tried with the real one."""
    async with drawn_rules() as rules:
        setting = ExportSetting(rules.plan, Address("127.0.0.1", free_port()))
        async with configured_envoy(tmp_path, static_configuration(setting, by_start), setting.listen):
            await rules.check(setting.listen)
