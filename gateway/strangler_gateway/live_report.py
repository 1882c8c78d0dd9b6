"""The report of the analysis on the admin listener, and what the gateway does while one looks at it.

The page holds no name of the system: it is for everybody, and asks for the token. With that it fetches the data, and
follows what happens as server-sent events (HTML Living Standard, section 9.2).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from strangler.model.errors import InputError, UnavailableError
from strangler_gateway.admin_messages import GatewayStatus
from strangler_gateway.metrics.measures import PREFIX, Labels, Measures
from strangler_gateway.orders import Orders
from strangler_gateway.shadow.ledger import Pattern, Summary

REPORT_PATH = "/report"
SECONDS = 1.0
MOST_VIEWERS = 20
MOST_PATTERNS = 10
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class ServedReport:
    """A report in two parts: the page, which is no secret, and its data, packed as the page reads them."""

    page: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class ReportSource:
    """Where the report is found, None while there is none, and how many gateways follow the plan."""

    read: Callable[[], ServedReport | None]
    gateways: int = 1


@dataclass(frozen=True, slots=True)
class RouteLook:
    """What one side of a route was asked and how it answered, since the gateway started."""

    route: str
    side: str
    requests: int
    failed: int
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PatternLook:
    """Where so many pairs of answers differ, and what both said in one of them as far as it may be kept."""

    places: tuple[str, ...]
    pairs: int
    v1: str = ""
    v2: str = ""


@dataclass(frozen=True, slots=True)
class DifferenceLook:
    """Of the requests of a route that were copied: how many answers were compared, and differed without explanation.

    `patterns` are those that nothing explains, the most frequent first.
    """

    compared: int
    unexplained: int
    patterns: tuple[PatternLook, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What one event says; `bounds` are those of the buckets, in seconds."""

    role: str
    gateways: int
    status: GatewayStatus
    bounds: tuple[float, ...]
    routes: tuple[RouteLook, ...]
    differences: Mapping[str, DifferenceLook]


def report_routes(orders: Orders, source: ReportSource | None) -> list[Route]:
    """Return the routes of the page, its data and the events; none where nobody has a report."""
    if source is None:
        return []
    live = _Live(orders, source)
    return [
        Route(REPORT_PATH, live.page, methods=["GET"]),
        Route(f"{REPORT_PATH}/data", live.data, methods=["GET"]),
        Route(f"{REPORT_PATH}/events", live.events, methods=["GET"]),
    ]


def traffic_of(measures: Measures) -> tuple[tuple[float, ...], tuple[RouteLook, ...]]:
    """The bounds of the buckets, and every side of a route that was asked anything, arms of a test taken together."""
    requests: dict[tuple[str, str], int] = {}
    failed: dict[tuple[str, str], int] = {}
    for series in measures.series:
        if series.name != f"{PREFIX}_requests_total":
            continue
        for labels, value in series.values:
            key = _key(labels)
            requests[key] = requests.get(key, 0) + int(value)
            if dict(labels).get("code") == "5xx":
                failed[key] = failed.get(key, 0) + int(value)
    bounds: tuple[float, ...] = ()
    buckets: dict[tuple[str, str], tuple[int, ...]] = {}
    for histogram in measures.histograms:
        if histogram.name != f"{PREFIX}_request_duration_seconds":
            continue
        bounds = histogram.bounds
        for labels, found in histogram.values:
            before = buckets.get(_key(labels), (0,) * len(found.buckets))
            buckets[_key(labels)] = tuple(a + b for a, b in zip(before, found.buckets, strict=True))
    looks = (RouteLook(*key, count, failed.get(key, 0), buckets.get(key, ())) for key, count in requests.items())
    return bounds, tuple(sorted((look for look in looks if look.requests), key=lambda look: (look.route, look.side)))


def difference_of(summary: Summary) -> DifferenceLook:
    """What the page shows of the comparisons of a route."""
    patterns = [pattern for pattern in summary.patterns if pattern.unexplained][:MOST_PATTERNS]
    return DifferenceLook(summary.compared, summary.unexplained, tuple(map(_pattern, patterns)))


def _pattern(pattern: Pattern) -> PatternLook:
    places = tuple(f"{place.path} ({place.kind.value})" for place in pattern.unexplained)
    said = (item for sample in pattern.samples for item in sample.differences if item.place in pattern.unexplained)
    first = next(said, None)
    return PatternLook(places, pattern.pairs, *(("", "") if first is None else (first.v1, first.v2)))


def _key(labels: Labels) -> tuple[str, str]:
    named = dict(labels)
    return named.get("route", ""), named.get("side", "")


class _Live:
    def __init__(self, orders: Orders, source: ReportSource) -> None:
        self._orders = orders
        self._source = source
        self._viewers = 0

    async def _report(self) -> ServedReport:
        found = await asyncio.to_thread(self._source.read)
        if found is None:
            raise InputError("there is no report of the source", remedy="run: strangler analyze")
        return found

    async def page(self, _: Request) -> Response:
        return Response((await self._report()).page, media_type="text/html", headers=HEADERS)

    async def data(self, _: Request) -> Response:
        return Response((await self._report()).data, media_type="text/plain", headers=HEADERS)

    async def events(self, request: Request) -> Response:
        if self._viewers >= MOST_VIEWERS:
            raise UnavailableError(f"{MOST_VIEWERS} others follow already", remedy="ask one of them to close the page")
        role = str(request.scope.get("strangler.role", "reader"))
        return StreamingResponse(self._events(role), media_type="text/event-stream", headers=HEADERS)

    async def _events(self, role: str) -> AsyncIterator[bytes]:
        self._viewers += 1
        try:
            while True:
                yield b"data: " + msgspec.json.encode(await self._look(role)) + b"\n\n"
                await asyncio.sleep(SECONDS)
        finally:
            self._viewers -= 1

    async def _look(self, role: str) -> Look:
        bounds, routes = traffic_of(await self._orders.measures())
        diffs = await self._orders.diffs()
        differences = {name: difference_of(route.summary) for name, route in diffs.routes.items()}
        return Look(role, self._source.gateways, await self._orders.status(), bounds, routes, differences)
