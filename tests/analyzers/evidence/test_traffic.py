"""From logs to counts of routes and tables."""

from __future__ import annotations

import gzip
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.errors import InputError
from strangler.model.evidence import RouteTraffic, TableTraffic, UnmatchedRequest
from strangler.model.location import Location
from strangler.model.progress import SilentProgress
from strangler.model.system import Route, SystemFacts
from strangler.model.tables import Table, TableOrigin
from strangler_analyzers.evidence.durations import Durations
from strangler_analyzers.evidence.route_matching import RouteMatcher
from strangler_analyzers.evidence.traffic import access_traffic, statement_traffic
from strangler_analyzers.graph.elements import EdgeKind, edges, nodes
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph


def _route(method: str, path: str) -> Route:
    return Route(path, method, "shop:view", "django", Location("shop.py", 1), entry=("shop:view",))


_FACTS = SystemFacts(
    "shop",
    routes=(
        _route("ANY", "/cart/"),
        _route("GET", "/orders/new"),
        _route("GET", "/orders/{id}"),
        _route("POST", "/pay"),
    ),
    tables=tuple(Table(name, TableOrigin.DJANGO, None, None) for name in ("cart_cart", "orders_order", "old_table")),
)
_ACCESS = """\
10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /orders/7 HTTP/1.1" 200 5 "-" "-" 0.100
10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "HEAD /orders/8/ HTTP/1.1" 404 5 "-" "-" 0.200
10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /orders/new HTTP/1.1" 503 5 "-" "-" 0.300
10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "PUT /cart HTTP/1.1" 200 5
10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /users/bob@example.com/orders HTTP/1.1" 404 5
10.0.0.1 - - [28/Nov/2026:10:00:00 +0000] "GET /users/eve@example.com/orders HTTP/1.1" 404 5
nonsense
"""
_SQL = """\
SELECT * FROM orders_order JOIN CART_CART ON true WHERE mail = 'bob@example.com'
INSERT INTO orders_order VALUES ('bob@example.com')
DELETE FROM audit_log
SELECT FROM WHERE
COMMIT
"""


def _log(folder: Path, content: str, *, packed: bool = False) -> Path:
    path = folder / "log"
    path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_requests_are_counted_by_route(tmp_path: Path, packed: bool) -> None:
    """The route with the most literal text answers; methods, errors and times are those of the log."""
    traffic = access_traffic(_FACTS, [_log(tmp_path, _ACCESS, packed=packed)], "auto", SilentProgress())
    assert (traffic.requests, traffic.unreadable) == (6, 1)
    assert traffic.routes == (
        RouteTraffic("/cart/", "ANY", 1, 0, 0),
        RouteTraffic("/orders/new", "GET", 1, 0, 1, *[pytest.approx(300, rel=0.01)] * 3),  # pyright: ignore[reportArgumentType, reportUnknownMemberType]
        RouteTraffic("/orders/{id}", "GET", 2, 1, 0, *(pytest.approx(time, rel=0.02) for time in (100, 200, 200))),  # pyright: ignore[reportArgumentType, reportUnknownMemberType]
    )
    assert traffic.unmatched == (UnmatchedRequest("/users/{}/orders", "GET", 2),)


def test_statements_are_counted_by_table(tmp_path: Path) -> None:
    """Reads and writes by table; what no table of the system is is listed apart."""
    traffic = statement_traffic(_FACTS, [_log(tmp_path, _SQL)], SilentProgress())
    assert traffic.tables == (TableTraffic("cart_cart", 1, 0), TableTraffic("orders_order", 1, 1))
    assert traffic.unknown_tables == (TableTraffic("audit_log", 0, 1),)
    assert (traffic.statements, traffic.without_tables, traffic.unreadable) == (5, 1, 1)


def test_what_nobody_used_is_told(tmp_path: Path) -> None:
    """The summary lists busy routes and tables first, and those no log mentions."""
    summary = summarise(SystemGraph(_with_logs(tmp_path)))
    assert summary.access is not None
    assert summary.statements is not None
    assert summary.access.traffic.routes[0].path == "/orders/{id}"
    assert summary.access.unused_routes == ("POST /pay",)
    assert summary.statements.unused_tables == ("old_table",)


def test_weights_stand_in_the_graph_and_values_do_not(tmp_path: Path) -> None:
    """Routes, the edges to what runs for them, and tables carry counts; nothing of a request or row is kept."""
    facts = _with_logs(tmp_path)
    by_id = {node.id: node.attributes for node in nodes(facts)}
    assert by_id["route:GET /orders/{id}"]["requests"] == 2
    assert by_id["route:POST /pay"]["requests"] == 0
    assert by_id["table:orders_order"]["statements_written"] == 1
    entering = {edge.source: edge.attributes["requests"] for edge in edges(facts) if edge.kind is EdgeKind.ENTERS}
    assert entering["route:GET /orders/{id}"] == 2
    assert "example.com" not in repr(facts)


def _with_logs(folder: Path) -> SystemFacts:
    access = access_traffic(_FACTS, [_log(folder, _ACCESS)], "auto", SilentProgress())
    statements = statement_traffic(_FACTS, [_log(folder, _SQL)], SilentProgress())
    return replace(_FACTS, access_traffic=access, statement_traffic=statements)


def test_a_log_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    """A wrong path, or a file that only begins like gzip."""
    broken = tmp_path / "broken.gz"
    broken.write_bytes(gzip.compress(_SQL.encode())[:-12])
    damaged = tmp_path / "damaged.gz"
    damaged.write_bytes(gzip.compress(b"")[:10] + b"\xff" * 20)
    for path in (tmp_path / "none", broken, damaged):
        with pytest.raises(InputError, match="cannot be read"):
            statement_traffic(_FACTS, [path], SilentProgress())


@pytest.mark.parametrize(
    ("path", "shape"),
    [("/", "/"), ("/orders/bob", "/orders/{}"), ("/7/new", "/{}/new"), ("/wp-login.php", "/wp-login.php")],
)
def test_the_shape_of_an_unknown_path_holds_no_values(path: str, shape: str) -> None:
    """Only a first word and the literal text of routes are kept."""
    assert RouteMatcher(_FACTS.routes).shape(path) == shape


@pytest.mark.parametrize("milliseconds", [math.nan, math.inf])
def test_what_is_no_duration_is_not_counted(milliseconds: float) -> None:
    """JSON logs may hold NaN, and a damaged line a figure with hundreds of digits."""
    durations = Durations()
    durations.add(milliseconds)
    assert durations.percentile(0.5) is None


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=200), st.floats(0.01, 1))
def test_percentiles_are_right_within_two_per_cent(values: list[float], share: float) -> None:
    """Buckets of 2 % stand for the values; three digits are shown."""
    durations = Durations()
    for value in values:
        durations.add(value)
    exact = sorted(values)[math.ceil(share * len(values)) - 1]
    assert durations.percentile(share) == pytest.approx(exact, rel=0.02)  # pyright: ignore[reportUnknownMemberType]
