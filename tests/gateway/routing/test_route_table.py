"""Which rule a request is for."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from strangler.model.template import matches
from strangler.project import Condition, ConditionSource
from strangler_gateway.requests.facts import RequestFacts
from strangler_gateway.routing.plan import Route
from strangler_gateway.routing.precedence import precedence
from strangler_gateway.routing.route_table import RouteTable, takes

segments = st.sampled_from(
    ["a", "b", "", "{x}", "{y}", "a{x}", "{y}a", "{x}.json", "{r:path}", "a{r:path}", "{c:a|ab}"]
)
templates = st.lists(segments, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts))
methods = st.lists(st.sampled_from(["GET", "POST", "HEAD"]), max_size=2, unique=True).map(tuple)
hosts = st.sampled_from([None, "shop.example", "*.example", "*.shop.example", "a.shop.example"])
conditions = st.lists(
    st.builds(Condition, st.sampled_from(ConditionSource), st.sampled_from("xy"), st.sampled_from([None, "1", "2"])),
    max_size=3,
).map(tuple)
rules = st.builds(Route, templates, methods, st.just("reviews"), host=hosts, conditions=conditions)
paths = st.lists(st.sampled_from(["a", "b", "", "ab", "ba", "a.json"]), min_size=1, max_size=5).map(
    lambda p: "/" + "/".join(p)
)
values = st.dictionaries(st.sampled_from("xy"), st.sampled_from("12"))


@st.composite
def requests(draw: st.DrawFn) -> RequestFacts:
    """Return a request for some host that has some headers, cookies and query parameters."""
    host = draw(st.sampled_from(["shop.example", "A.Shop.Example:8080", "b.a.shop.example", "other", "[::1]:80"]))
    cookies = "; ".join(f"{name}={value}" for name, value in draw(values).items())
    query = "&".join(f"{name}={value}" for name, value in draw(values).items())
    headers = [(b"host", host.encode()), *((n.encode(), v.encode()) for n, v in draw(values).items())]
    method = draw(st.sampled_from(["GET", "POST", "HEAD", "PUT"]))
    return RequestFacts(method, draw(paths), (*headers, (b"cookie", cookies.encode())), "::1", query=query.encode())


def fits(rule: Route, request: RequestFacts) -> bool:
    """Whether a rule is for a request, looked at by itself."""
    host = (request.header(b"host") or b"").decode().lower().removesuffix(":8080").removesuffix(":80")
    named = rule.host is None or host == rule.host or (rule.host[0] == "*" and host.endswith(rule.host[1:]))
    return named and takes(rule, request.method) and matches(rule.path, request.path) and met(rule, request)


def met(rule: Route, request: RequestFacts) -> bool:
    """Whether a request has what a rule asks for."""
    for condition in rule.conditions:
        name = condition.name.encode()
        match condition.source:
            case ConditionSource.HEADER:
                value = request.header(name)
            case ConditionSource.COOKIE:
                value = request.cookie(name)
            case ConditionSource.QUERY:
                value = request.parameter(name)
        if value is None or condition.value not in {None, value.decode()}:
            return False
    return True


@given(st.lists(rules, max_size=8), requests())
def test_the_table_finds_what_looking_at_every_rule_finds(given_rules: list[Route], request: RequestFacts) -> None:
    """Of the rules that fit the one with the least precedence, and none when none fits."""
    fitting = [(precedence(rule, position), rule) for position, rule in enumerate(given_rules) if fits(rule, request)]
    found = RouteTable(given_rules).find(request.method, request.path, request)
    assert found is (min(fitting, key=lambda pair: pair[0])[1] if fitting else None)


@given(st.lists(rules, max_size=8))
def test_the_precedence_is_total(given_rules: list[Route]) -> None:
    """No two rules have the same place, and the table lists all of them by it."""
    places = [precedence(rule, position) for position, rule in enumerate(given_rules)]
    assert len(set(places)) == len(places)
    assert [place for place, _ in RouteTable(given_rules).ranked] == sorted(places)


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


def test_hosts_come_first_and_conditions_last() -> None:
    """One host beats all below one, whatever the path; more conditions beat fewer on the same path."""
    plain = Route("/a", ("GET",), "s")
    beta = replace(plain, conditions=(Condition(ConditionSource.HEADER, "X-Beta", "yes"),))
    both = replace(plain, conditions=(*beta.conditions, Condition(ConditionSource.QUERY, "new")))
    wide = Route("/{all:path}", (), "s", host="*.example")
    one = Route("/{all:path}", (), "s", host="shop.example")
    table = RouteTable([plain, beta, both, wide, one])

    def found(host: bytes, query: bytes = b"", *headers: tuple[bytes, bytes]) -> Route | None:
        return table.find("GET", "/a", RequestFacts("GET", "/a", ((b"host", host), *headers), "::1", query=query))

    assert found(b"shop.example") is one
    assert found(b"www.example:81") is wide
    assert found(b"other") is plain
    assert found(b"other", b"", (b"x-beta", b"yes")) is beta
    assert found(b"other", b"n%65w", (b"x-beta", b"yes")) is both
    assert found(b"other", b"new=1") is plain
    assert both.name == "GET /a [header X-Beta=yes, query new]"


def test_what_is_for_get_is_for_head() -> None:
    """As every framework has it."""
    table = RouteTable([Route("/a", ("GET",), "s")])
    assert table.find("HEAD", "/a") is not None
    assert table.find("POST", "/a") is None
