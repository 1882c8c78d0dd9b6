"""Which rule a request is for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.template import matches
from strangler_gateway.plan import Route
from strangler_gateway.route_table import RouteTable, takes

segments = st.sampled_from(["a", "b", "", "{x}", "{y}", "a{x}", "{x}.json", "{r:path}", "a{r:path}"])
templates = st.lists(segments, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
methods = st.lists(st.sampled_from(["GET", "POST", "HEAD"]), max_size=2, unique=True).map(tuple)
rules = st.builds(Route, templates, methods, st.just("reviews"))
paths = st.lists(st.sampled_from(["a", "b", "", "ab", "a.json"]), min_size=1, max_size=5).map(
    lambda p: "/" + "/".join(p)
)


@given(st.lists(rules, max_size=8), st.sampled_from(["GET", "POST", "HEAD", "PUT"]), paths)
def test_a_rule_is_found_exactly_when_one_matches(given_rules: list[Route], method: str, path: str) -> None:
    """The table finds the same as looking at every rule."""
    fitting = [rule for rule in given_rules if takes(rule, method) and matches(rule.path, path)]
    found = RouteTable(given_rules).find(method, path)
    assert (found in fitting) if fitting else found is None


def test_precedence() -> None:
    """Literal, part of a segment, whole segment, rest; then who names the method; then the first."""
    paths = ["/{all:path}", "/r/{x}", "/r/{x}.json", "/r/new", "/r/{y}/votes", "/{z}/new/votes"]
    table = RouteTable([Route(path, (), "s") for path in paths])
    found = {
        path: rule.path
        for path in ("/q/w/e", "/r/1", "/r/1.json", "/r/new", "/r/new/votes", "/s/new/votes", "/r/1/")
        if (rule := table.find("GET", path))
    }
    assert found == {
        "/q/w/e": "/{all:path}",
        "/r/1": "/r/{x}",
        "/r/1.json": "/r/{x}.json",
        "/r/new": "/r/new",
        "/r/new/votes": "/r/{y}/votes",
        "/s/new/votes": "/{z}/new/votes",
        "/r/1/": "/{all:path}",
    }
    first, second, third = Route("/a", (), "s"), Route("/a", ("GET",), "s"), Route("/a", ("GET",), "t")
    assert RouteTable([first, second, third]).find("GET", "/a") is second
    assert RouteTable([first, second, third]).find("POST", "/a") is first


def test_what_is_for_get_is_for_head() -> None:
    """As every framework has it."""
    table = RouteTable([Route("/a", ("GET",), "s")])
    assert table.find("HEAD", "/a") is not None
    assert table.find("POST", "/a") is None
