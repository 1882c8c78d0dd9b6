"""strangler.toml as it is read, and what is said about a wrong one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.errors import ConfigurationError
from strangler.model.forwarding import ForwardedFields, ForwardingTerms, NewTrace, UpstreamFields
from strangler.model.identity import IdentityTerms
from strangler.model.resilience import MONOLITH_TERMS, SERVICE_TERMS, HealthTerms
from strangler.model.shadow import ShadowRule
from strangler.model.wire import WireTerms
from strangler.project import (
    Address,
    Condition,
    ConditionSource,
    Expression,
    Gateway,
    Identity,
    KeyColumn,
    KeyKind,
    Monolith,
    Project,
    RouteMatch,
    RouteRule,
    Service,
    StickyKey,
    StickySource,
    TableMapping,
    Traffic,
)
from strangler.project_reader import find_project_file, load_project, parse_project
from strangler.secret import Reference

EXAMPLE = """\
[monolith]
root = "app"                      # framework, settings and URL conf are detected; may be set here
database = "${SHOP_DATABASE_URL}"
upstreams = ["http://127.0.0.1:8000"]

[services.reviews]
modules = ["shop.reviews"]
tables = ["reviews_review", "reviews_vote"]
database = "${REVIEWS_DATABASE_URL}"
upstreams = ["http://127.0.0.1:8100"]
design = "design/reviews.json5"

[gateway]
listen = "0.0.0.0:8080"
admin = ["127.0.0.1:9900"]        # every gateway that must follow this plan

[[routes]]
match = { path = "/api/products/{id}/reviews", methods = ["GET"] }
service = "reviews"
traffic = { v2 = 5, sticky = "cookie:sessionid", shadow = 100 }

[etl.reviews.tables.reviews_review]
target = "review"
columns = { id = { key = "uuid" }, product_id = { key = "uuid", of = "catalog_product" }, text = "body", \
created = "created_at::timestamptz" }
drop = ["legacy_score"]
"""


def problems_of(text: str) -> list[str]:
    """Read a wrong project file and return what is said about it, line by line."""
    with pytest.raises(ConfigurationError) as caught:
        parse_project(text)
    return str(caught.value).splitlines()


def test_the_example_says_everything_a_project_can_say() -> None:
    """Every section and key of the documented example arrives as a typed value."""
    assert parse_project(EXAMPLE) == Project(
        path=Path("strangler.toml"),
        monolith=Monolith(
            root="app",
            database=Reference("${SHOP_DATABASE_URL}", "strangler.toml:3:1"),
            upstreams=(Reference("http://127.0.0.1:8000", "strangler.toml:4:1"),),
        ),
        services={
            "reviews": Service(
                name="reviews",
                modules=("shop.reviews",),
                tables=("reviews_review", "reviews_vote"),
                database=Reference("${REVIEWS_DATABASE_URL}", "strangler.toml:9:1"),
                upstreams=(Reference("http://127.0.0.1:8100", "strangler.toml:10:1"),),
                design="design/reviews.json5",
            )
        },
        gateway=Gateway(listen=Address("0.0.0.0", 8080), admin=(Address("127.0.0.1", 9900),)),
        routes=(
            RouteRule(
                match=RouteMatch("/api/products/{id}/reviews", ("GET",)),
                service="reviews",
                traffic=Traffic(v2=5, shadow=ShadowRule(100), sticky=StickyKey(StickySource.COOKIE, "sessionid")),
            ),
        ),
        etl={
            "reviews": (
                TableMapping(
                    source="reviews_review",
                    target="review",
                    columns={
                        "id": KeyColumn(KeyKind.UUID),
                        "product_id": KeyColumn(KeyKind.UUID, of="catalog_product"),
                        "text": Expression("body"),
                        "created": Expression("created_at::timestamptz"),
                    },
                    drop=("legacy_score",),
                ),
            )
        },
    )


def test_a_mapping_may_join_filter_and_say_the_way_back() -> None:
    """Joins, a filter, referring columns of another name, and expressions for the way back are kept as written."""
    project = parse_project(
        """
        [services.reviews]
        [etl.reviews.tables.reviews_vote]
        target = "vote"
        columns = { number = { key = "source" }, review = { key = "uuid", of = "reviews_review", from = "review_id" } }
        joins = { reviews_review = "reviews_review.id = reviews_vote.review_id" }
        where = "reviews_review.deleted_at IS NULL"
        reverse = { value = "score - 3" }
        """
    )
    assert project.etl["reviews"] == (
        TableMapping(
            source="reviews_vote",
            target="vote",
            columns={
                "number": KeyColumn(KeyKind.SOURCE),
                "review": KeyColumn(KeyKind.UUID, of="reviews_review", column="review_id"),
            },
            joins={"reviews_review": "reviews_review.id = reviews_vote.review_id"},
            where="reviews_review.deleted_at IS NULL",
            reverse={"value": "score - 3"},
        ),
    )


def test_a_gateway_may_ask_the_monolith_who_is_there() -> None:
    """Token and signing key come from the environment."""
    gateway = parse_project(
        """
        [gateway]
        token = "${TOKEN}"
        [gateway.identity]
        whoami = "/api/whoami"
        key = "${KEY}"
        """
    ).gateway
    assert gateway == Gateway(
        token=Reference("${TOKEN}", "strangler.toml:3:9"),
        identity=Identity(IdentityTerms("/api/whoami"), Reference("${KEY}", "strangler.toml:6:9")),
    )


def test_an_empty_file_is_a_project() -> None:
    """Everything has a default or is detected."""
    assert parse_project("") == Project(path=Path("strangler.toml"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '[monolith]\nrot = "app"',
            "strangler.toml:2:1: unknown key rot in [monolith]; did you mean root?",
        ),
        (
            "[monolith]\nzebra = 1",
            (
                "strangler.toml:2:1: unknown key zebra in [monolith];"
                " known keys: concurrency, database, exclude, framework, headers, resilience, root, settings, tls,"
                " upstreams, urlconf"
            ),
        ),
        ("[service.reviews]", "strangler.toml:1:2: unknown key service in the file; did you mean services?"),
        ("[monolith]\nroot = 5", "strangler.toml:2:1: root must be a string that is not empty"),
        (
            '[monolith]\nframework = "djago"',
            "strangler.toml:2:1: framework must be one of django, flask, fastapi, starlette; did you mean django?",
        ),
        ("[services]\nreviews = 5", "strangler.toml:2:1: services.reviews must be a table"),
        (
            '[services."Re vu"]',
            "strangler.toml:1:11: the service name Re vu must be lower-case letters, digits, - and _, a letter first",
        ),
        ('[services.a]\ntables = "x"', "strangler.toml:2:1: tables must be a list of strings"),
        (
            '[services.a.events.consumers.x]\ndatabase = "${A}"\n[services.b.events.consumers.x]\ndatabase = "${B}"',
            "strangler.toml:3:30: the consumer x has another database at strangler.toml:1:30",
        ),
        (
            '[services.a]\ntables = ["x"]\n[services.b]\ntables = ["x"]',
            "strangler.toml:4:1: x already belongs to the service a",
        ),
        ("[routes]", "strangler.toml:1:2: routes must be an array of tables, [[routes]]"),
        (
            '[services.reviews]\n[[routes]]\nservice = "revews"\nmatch.path = "/"',
            "strangler.toml:3:1: there is no service revews; did you mean reviews?",
        ),
        (
            '[services.a]\n[[routes]]\nservice = "a"\nmatch = { path = "x" }',
            "strangler.toml:4:11: the path x must begin with /",
        ),
        (
            '[services.a]\n[[routes]]\nservice = "a"\nmatch = { path = "/", methods = ["get"] }',
            "strangler.toml:4:23: the method get must be upper case; write GET",
        ),
        (
            '[services.a]\n[[routes]]\nservice = "a"\nmatch.path = "/"\ntraffic.v2 = 101',
            "strangler.toml:5:9: v2 must be a number from 0 to 100",
        ),
        (
            '[services.a]\n[[routes]]\nservice = "a"\nmatch.path = "/"\ntraffic.sticky = "cookie"',
            "strangler.toml:5:9: sticky must be cookie:NAME, header:NAME, user or client",
        ),
        (
            '[services.a]\n[[routes]]\nservice = "a"\nmatch = { path = "/", host = "Shop:80" }',
            "strangler.toml:4:23: host must be lower case and without port, as in shop.example or *.shop.example",
        ),
        (
            '[services.a]\n[[routes]]\nservice = "a"\nmatch = { path = "/", query = { v = 2 } }',
            "strangler.toml:4:33: v must be the value it must have, or true for any",
        ),
        ("[gateway]\nrefuse_undeclared = 1", "strangler.toml:2:1: refuse_undeclared must be true or false"),
        ('[gateway]\nlisten = ":8080"', "strangler.toml:2:1: listen must be host:port, as in 127.0.0.1:9900"),
        ('[gateway]\nadmin = ["a:0"]', "strangler.toml:2:1: admin must be host:port, as in 127.0.0.1:9900"),
        ("[etl.reviews]", "strangler.toml:1:6: there is no service reviews; declare it: [services.reviews]"),
        (
            '[services.a]\n[etl.a.tables.t]\ncolumns = { id = { of = "x" } }',
            'strangler.toml:3:13: [etl.a.tables.t.columns.id] needs key, mask, hash or default; write { key = "uuid" }',
        ),
        (
            '[services.a]\n[etl.a.tables.t]\ncolumns = { id = { defualt = "1" } }',
            "strangler.toml:3:13: [etl.a.tables.t.columns.id] needs key, mask, hash or default; did you mean default?",
        ),
        (
            '[services.a]\n[etl.a.tables.t]\ncolumns = { id = { key = "uid" } }',
            "strangler.toml:3:20: key must be one of uuid, source; did you mean uuid?",
        ),
        (
            '[gateway]\ntoken = "letmein"',
            (
                "strangler.toml:2:1: token must not stand in the file;"
                ' write token = "${NAME}", and set NAME in the environment'
            ),
        ),
        (
            '[gateway.identity]\nwhoami = "api/whoami"\nkey = "${K}"',
            "strangler.toml:2:1: the path api/whoami must begin with /",
        ),
        ('[gateway.identity]\nwhoami = "/api/whoami"', "strangler.toml:1:10: [gateway.identity] needs key"),
        (
            "[services.a.delivery]\nsteps = [5, 5]",
            "strangler.toml:2:1: steps must be shares in percent that grow; write steps = [1, 5, 25, 50, 100]",
        ),
        (
            '[services.a.operations]\nsummary = "GET reviews"',
            'strangler.toml:2:1: summary must be a method and a path, as in "GET /products/{product_id}/reviews"',
        ),
        ("[services.a.delivery]\npause = -1", "strangler.toml:2:1: pause must be a number from 0 to 2.592e+06"),
        (
            '[gateway.identity]\nwhoami = "/w"\nkey = "${K}"\nsend = ["sessionid"]',
            "strangler.toml:4:1: sessionid must be cookie:NAME or header:NAME, and a header of credentials",
        ),
        (
            '[gateway.identity]\nwhoami = "/w"\nkey = "${K}"\nsend = []',
            (
                "strangler.toml:4:1: send names nothing, so everybody would be the same one;"
                ' write send = ["cookie:NAME"]'
            ),
        ),
        (
            '[gateway.identity]\nwhoami = "/w"\nkey = "${K}"\nunknown = "anonymous"',
            "strangler.toml:4:1: unknown must be one of refuse, v1",
        ),
        (
            '[gateway.identity]\nwhoami = "/w"\nkey = "${K}"\ntoken_seconds = 3',
            "strangler.toml:4:1: token_seconds must be more than seconds",
        ),
        (
            '[gateway.identity]\nwhoami = "/w"\nkey = "${K}"\ntoken_seconds = 86400',
            "strangler.toml:4:1: token_seconds must be 3600 or less",
        ),
        (
            '[gateway.identity]\nwhoami = "/w"\nkey = "${K}"\nclaims = { id = "user" }',
            ("strangler.toml:4:12: id must be json:FIELD (json:user.id for one inside another), header:NAME or status"),
        ),
        (
            '[gateway.identity]\nwhoami = "/w"\nkey = "${K}"\nadd = { Host = "a" }',
            "strangler.toml:4:9: Host is no header that can be added",
        ),
        (
            '[gateway.identity]\nwhoami = "/w"\nkey = "${K}"\nnobody_statuses = [200]',
            "strangler.toml:4:1: nobody_statuses must be a list of whole numbers from 300 to 499",
        ),
        (
            '[monolith]\ndatabase = "postgresql://shop:geheim@db/shop"',
            (
                "strangler.toml:2:1: the password must not stand in the file: postgresql://shop:****@db/shop;"
                " write ${NAME} in place of the URL or of ****, and set NAME in the environment"
            ),
        ),
        (
            '[monolith]\ndatabase = "$SHOP_DATABASE_URL"',
            "strangler.toml:2:1: database has a $ that names nothing; write ${NAME} to name the environment",
        ),
        (
            '[monolith]\nupstreams = ["127.0.0.1:8000"]',
            "strangler.toml:2:1: the upstream 127.0.0.1:8000 must begin with http:// or https://",
        ),
        (
            '[monolith]\nupstreams = ["http://a:1", "http://shop:ge/h@im@10.0.0.1:8000"]',
            "strangler.toml:2:1: an upstream has no user and no password: http://****@10.0.0.1:8000; write http://HOST:PORT",
        ),
        (
            '[services.a]\nupstreams = ["shop:geheim@10.0.0.1:8000"]',
            "strangler.toml:2:1: an upstream has no user and no password: ****@10.0.0.1:8000; write http://HOST:PORT",
        ),
        ("[monolith]\nroot = ", "strangler.toml:2:8: not valid TOML: invalid value"),
        (
            "\ufeff[monolith]\n",
            "strangler.toml:1:1: begins with a byte-order mark, which TOML does not know; save it as UTF-8 without one",
        ),
        (f"[monolith]\nroot = {'[' * 3000}{']' * 3000}", "strangler.toml: values are nested too deeply to be read"),
        (f"[monolith]\nroot = {'{a=' * 3000}1{'}' * 3000}", "strangler.toml: values are nested too deeply to be read"),
        ("[monolith", "strangler.toml:1:10: not valid TOML: expected ']' at the end of a table declaration"),
    ],
)
def test_a_problem_is_told_with_its_place_and_remedy(text: str, problem: str) -> None:
    """One line: where it stands, what is wrong, what to write instead."""
    assert problems_of(text) == [problem]


def test_all_problems_are_told_at_once_from_top_to_bottom() -> None:
    """The user mends the file once, not once per problem."""
    assert problems_of('[gateway]\nlisten = 1\n[[routes]]\nmatch = {}\n[monolith]\nrot = "app"') == [
        "strangler.toml:2:1: listen must be a string that is not empty",
        "strangler.toml:3:1: [routes] needs service",
        "strangler.toml:4:1: [routes.match] needs path",
        "strangler.toml:6:1: unknown key rot in [monolith]; did you mean root?",
    ]


@given(text=st.text(st.sampled_from("[]{}=\"'\n.,#ab1$ \\"), max_size=60))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    """No text makes the reader fail in another way."""
    refusal = None
    try:
        parse_project(text)
    except ConfigurationError as error:
        refusal = error
    assert refusal is None or (refusal.where or "").startswith("strangler.toml:")


def test_the_file_is_found_from_any_folder_below_it(tmp_path: Path) -> None:
    """Commands work from anywhere inside the project, as git does."""
    below = tmp_path / "app" / "shop"
    below.mkdir(parents=True)
    file = tmp_path / "strangler.toml"
    file.write_text('[monolith]\nroot = "app"\n')
    assert find_project_file(below) == file
    project = load_project(below)
    assert (project.folder, project.source_root) == (tmp_path, tmp_path / "app")


def test_a_folder_that_is_not_there_is_in_no_project(tmp_path: Path) -> None:
    """A slip of the pen must not be answered for the project above."""
    (tmp_path / "strangler.toml").write_text("")
    with pytest.raises(ConfigurationError, match="shpo: there is no such file or folder"):
        load_project(tmp_path / "shpo")


def test_a_folder_outside_any_project_says_how_to_begin(tmp_path: Path) -> None:
    """The first step is strangler init."""
    with pytest.raises(ConfigurationError) as caught:
        load_project(tmp_path)
    assert str(caught.value) == f"{tmp_path}: no strangler.toml here or in a folder above; run: strangler init"


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """TOML is UTF-8."""
    (tmp_path / "strangler.toml").write_bytes(b"# caf\xe9\n")
    with pytest.raises(ConfigurationError, match=r"strangler\.toml: cannot be read: 'utf-8' codec"):
        load_project(tmp_path)


def test_a_project_prints_without_its_secrets() -> None:
    """Even the repr of a whole project shows names, not values."""
    assert "Reference('${SHOP_DATABASE_URL}')" in repr(parse_project(EXAMPLE))


def test_a_route_may_ask_for_a_host_headers_cookies_and_query() -> None:
    """A value must be that one, true stands for any."""
    match = 'path = "/", host = "*.shop.example", headers = { X-A = "1", X-B = true }, query = { v = "2" }'
    project = parse_project(
        f'[gateway]\nrefuse_undeclared = true\n[services.a]\n[[routes]]\nservice = "a"\nmatch = {{ {match} }}'
    )
    assert project.gateway.refuse_undeclared
    assert project.routes[0].match == RouteMatch(
        "/",
        host="*.shop.example",
        conditions=(
            Condition(ConditionSource.HEADER, "X-A", "1"),
            Condition(ConditionSource.HEADER, "X-B"),
            Condition(ConditionSource.QUERY, "v", "2"),
        ),
    )


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "true", '"8"'])
def test_a_concurrency_is_a_whole_number_from_1(value: str) -> None:
    """Anything else would let nothing through, or mean nothing."""
    with pytest.raises(ConfigurationError, match="concurrency must be a whole number from 1"):
        parse_project(f"[monolith]\nconcurrency = {value}")


def test_the_concurrency_of_both_sides_is_read() -> None:
    """Without it there is no limit."""
    project = parse_project("[monolith]\nconcurrency = 16\n[services.a]\nconcurrency = 4\n[services.b]")
    assert project.monolith.concurrency == 16
    assert [service.concurrency for service in project.services.values()] == [4, None]


def test_resilience_is_read_for_each_application() -> None:
    """What is not named keeps its default; the monolith has no breaker unless it asks for one."""
    project = parse_project(
        """
        [monolith.resilience]
        total_seconds = 90

        [services.reviews.resilience]
        breaker_failures = 2
        fallback = false
        health = { path = "/health", interval = 1 }
        """
    )
    assert project.monolith.resilience == replace(MONOLITH_TERMS, total_seconds=90)
    assert project.services["reviews"].resilience == replace(
        SERVICE_TERMS, breaker_failures=2, fallback=False, health=HealthTerms("/health", interval=1)
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("retrys = 2", "did you mean retries?"),
        ("fallback = 1", "fallback must be true or false"),
        ("try_seconds = 200", "try_seconds must not be more than total_seconds"),
        ("try_seconds = 0", "try_seconds must be a number from 0.001 to 3600"),
        ("fallback_seconds = 0", "fallback_seconds must be a number from 0.001 to 3600"),
        ("health = {}\neject_share = 101", "eject_share must be a number from 0 to 100"),
        ('health = { path = "up" }', "the path up must begin with /"),
    ],
)
def test_wrong_resilience_is_told(text: str, problem: str) -> None:
    """With the place and the remedy, like everything else."""
    [told] = problems_of(f"[services.reviews.resilience]\n{text}\n")
    assert problem in told


def test_limits_of_clients_are_read_strictly() -> None:
    """What is not named is as it is without the section; a slip is told with its place and its neighbour."""
    limits = parse_project(
        "[gateway.limits]\nbody_seconds = 5\nmost_body = 1048576\nsilence_seconds = 300\nhalf_closed_seconds = 0\n"
    ).gateway.limits
    assert limits == WireTerms(body_seconds=5, most_body=1048576, silence_seconds=300, half_closed_seconds=0)
    text = (
        "most_line = 10\nmost_head = 20\nmost_field = 5\nmost_fields = 9\nmost_response_head = 7\nmost_requests = 3\n"
    )
    limits = parse_project(f"[gateway.limits]\n{text}connection_seconds = 60\n").gateway.limits
    assert limits == WireTerms(
        most_line=10,
        most_head=20,
        most_field=5,
        most_fields=9,
        most_response_head=7,
        most_requests=3,
        connection_seconds=60,
    )
    [beyond] = problems_of("[gateway.limits]\nmost_head = 1000\n")
    assert "most_line must not be more than most_head" in beyond
    with pytest.raises(ConfigurationError) as caught:
        parse_project("[gateway.limits]\nhead_second = 5\nmost_body = 0\nidle_seconds = 0\n")
    said = str(caught.value)
    assert "strangler.toml:2:1: unknown key head_second in [gateway.limits]; did you mean head_seconds?" in said
    assert "strangler.toml:3:1: most_body must be a whole number from 1" in said
    assert "strangler.toml:4:1: idle_seconds must be a number from 0.1 to 3600" in said


def test_whom_the_gateway_believes_is_read_strictly() -> None:
    """Networks are what they say, and what can mean nothing is told."""
    assert parse_project("").gateway.forwarding == ForwardingTerms()
    section = '[gateway.forwarding]\ntrusted = ["10.0.0.0/8", "::1"]\nread = "forwarded"\nsend = "both"\n'
    assert parse_project(section).gateway.forwarding == ForwardingTerms(
        ("10.0.0.0/8", "::1/128"), read=ForwardedFields.FORWARDED, send=ForwardedFields.BOTH
    )
    said = problems_of('[gateway.forwarding]\ntrusted = ["10.0.0.1/8"]\nread = "both"\nsend = "nothing"\n')
    assert "trusted has 10.0.0.1/8, which is no address or network, as 10.0.0.0/8 is" in said[0]
    assert "read must be one of x-forwarded, forwarded" in said[1]
    assert "send must be one of" in said[2]
    [both] = problems_of('[gateway.forwarding]\ntrusted = ["::1"]\ntrusted_hops = 1\n')
    assert "trusted_hops means nothing beside trusted" in both
    [nobody] = problems_of('[gateway.forwarding]\nread = "forwarded"\n')
    assert "nobody is believed what read names" in nobody


def test_what_is_changed_of_headers_is_read_strictly() -> None:
    """Nothing is unless it is asked for."""
    project = parse_project(
        """
        [gateway.forwarding]
        via = "shop-gateway"
        traceparent = "unsampled"
        [monolith.headers]
        host = "upstream"
        [services.reviews.headers]
        host = "reviews.internal:81"
        locations = true
        cookie_domains = true
        [services.orders]
        """
    )
    assert project.gateway.forwarding == ForwardingTerms(via="shop-gateway", traceparent=NewTrace.UNSAMPLED)
    assert project.monolith.headers == UpstreamFields("upstream")
    assert project.services["reviews"].headers == UpstreamFields("reviews.internal:81", True, True)
    assert project.services["orders"].headers == UpstreamFields()
    said = problems_of('[monolith.headers]\nhost = "http://shop"\nlocation = true\n')
    assert 'host must be "upstream", or a host as in shop.internal:8000' in said[0]
    assert "did you mean locations?" in said[1]
    [via] = problems_of('[gateway.forwarding]\nvia = "shop gateway"\n')
    assert "via must be a name without spaces" in via
    [trace] = problems_of('[gateway]\ntracing = true\n[gateway.forwarding]\ntraceparent = "sampled"\n')
    assert "traceparent means nothing with tracing" in trace


def test_a_table_may_be_mapped_by_several_entries() -> None:
    """Each has a name of its own, and says which table it is of; nothing has to go back."""
    project = parse_project(
        """
        [services.people]
        [etl.people]
        way_back = false
        [etl.people.tables.users]
        [etl.people.tables.profile]
        source = "users"
        """
    )
    assert [(one.name, one.source, one.target) for one in project.etl["people"]] == [
        ("users", "users", "users"),
        ("profile", "users", "profile"),
    ]
    assert project.one_way == {"people"}
