"""The analysis report on the admin listener, with live traffic of the gateway.

The page itself contains no data about the system, so it is served without a token and asks for one. With the token it
fetches the data, and follows the gateway by server-sent events (HTML Living Standard, section 9.2).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from strangler.model.errors import InputError, StranglerError, UnavailableError, UsageError
from strangler.model.migration import MigrationRecord
from strangler_gateway.admin.answers import answered
from strangler_gateway.admin.messages import GatewayStatus, RollbackRequest
from strangler_gateway.admin.order_reader import read_order
from strangler_gateway.admin.orders import Orders
from strangler_gateway.metrics.measures import PREFIX, Labels, Measures
from strangler_gateway.shadow.ledger import Pattern, Summary

REPORT_PATH = "/report"
SECONDS = 1.0
RECORD_SECONDS = 5.0
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
    """A report in two parts: the page, which is public, and its data, packed as the page reads them."""

    page: bytes
    data: bytes


@dataclass(frozen=True, slots=True)
class Given:
    """The result of an order: the routes it changed in the project file, and the gateways that confirmed it."""

    routes: tuple[str, ...]
    gateways: tuple[str, ...]


class TrafficOrders(Protocol):
    """Orders about traffic to every gateway of the plan, recorded in the project file and the audit log.

    Each method blocks, and raises a StranglerError when a gateway has not confirmed.
    """

    def shift(self, service: str, v2: float) -> Given:
        """Send `v2` percent of the readers to v2."""
        ...

    def roll_back(self, service: str) -> Given:
        """Send no reader to v2."""
        ...


def no_record() -> MigrationRecord:
    """Return an empty record: nothing is known of the migration."""
    return MigrationRecord()


@dataclass(frozen=True, slots=True)
class ReportSource:
    """Where the report comes from, and how many gateways follow the plan.

    `read` returns None while there is no report. `record` asks how far the migration is, and blocks. `orders` gives
    orders to all gateways; without it, orders are for this gateway alone.
    """

    read: Callable[[], ServedReport | None]
    gateways: int = 1
    record: Callable[[], MigrationRecord] = no_record
    orders: Callable[[], TrafficOrders] | None = None


@dataclass(frozen=True, slots=True)
class ShareOrder:
    """``POST /report/shift``: the share of v2 in percent."""

    service: str
    v2: float


@dataclass(frozen=True, slots=True)
class RouteLook:
    """The requests of one side of a route since the gateway started: their number, failures (5xx) and durations."""

    route: str
    side: str
    requests: int
    failed: int
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PatternLook:
    """The places at which so many pairs of responses differ, with the two masked values of one example."""

    places: tuple[str, ...]
    pairs: int
    v1: str = ""
    v2: str = ""


@dataclass(frozen=True, slots=True)
class DifferenceLook:
    """Comparisons of a shadowed route: how many pairs of responses were compared, and how many differ unexplained.

    `patterns` are the unexplained ones, the most frequent first.
    """

    compared: int
    unexplained: int
    patterns: tuple[PatternLook, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """The content of one server-sent event; `bounds` are the upper bounds of the buckets, in seconds.

    `fleet` says whether orders given on the page are for all gateways. `migration` is present when it was asked again.
    """

    role: str
    gateways: int
    fleet: bool
    status: GatewayStatus
    bounds: tuple[float, ...]
    routes: tuple[RouteLook, ...]
    differences: Mapping[str, DifferenceLook]
    migration: MigrationRecord | None = None


def report_routes(orders: Orders, source: ReportSource | None) -> list[Route]:
    """Return the routes of the page, its data and the events; none without a source."""
    if source is None:
        return []
    asked = _Asked(source.record)
    live = _Live(orders, source, asked)
    taken = [] if source.orders is None else _Ordering(source.orders, asked).routes()
    return [
        *taken,
        Route(REPORT_PATH, live.page, methods=["GET"]),
        Route(f"{REPORT_PATH}/data", live.data, methods=["GET"]),
        Route(f"{REPORT_PATH}/events", live.events, methods=["GET"]),
    ]


def traffic_of(measures: Measures) -> tuple[tuple[float, ...], tuple[RouteLook, ...]]:
    """Return the bounds of the buckets, and each side of a route that got requests, its arms added up."""
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
    """Return what the page shows of a route's comparisons."""
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


class _Ordering:
    def __init__(self, orders: Callable[[], TrafficOrders], asked: _Asked) -> None:
        self._orders = orders
        self._asked = asked

    def routes(self) -> list[Route]:
        return [
            Route(f"{REPORT_PATH}/shift", self.shift, methods=["POST"]),
            Route(f"{REPORT_PATH}/rollback", self.roll_back, methods=["POST"]),
        ]

    async def shift(self, request: Request) -> Response:
        order = await read_order(request, ShareOrder)
        if not 0 <= order.v2 <= 100:
            raise UsageError("v2 is in percent: from 0 to 100")
        return await self._given(lambda orders: orders.shift(order.service, order.v2))

    async def roll_back(self, request: Request) -> Response:
        order = await read_order(request, RollbackRequest)
        return await self._given(lambda orders: orders.roll_back(order.service))

    async def _given(self, order: Callable[[TrafficOrders], Given]) -> Response:
        try:
            return answered(await asyncio.to_thread(lambda: order(self._orders())))
        finally:
            self._asked.hasten()


class _Asked:
    """Caches the migration record; refreshes it every `RECORD_SECONDS`, and only while somebody looks."""

    def __init__(self, ask: Callable[[], MigrationRecord]) -> None:
        self._ask = ask
        self._asking: asyncio.Task[None] | None = None
        self._next = 0.0
        self._hastened = False
        self.known: MigrationRecord | None = None

    def refresh(self) -> None:
        """Ask in the background when that is due."""
        now = time.monotonic()
        if self._asking is None and now >= self._next:
            self._asking = asyncio.create_task(self._refreshed())

    def hasten(self) -> None:
        """Ask again at once, because what is known or being asked may be outdated."""
        self._next = 0.0
        self._hastened = True

    async def _refreshed(self) -> None:
        self._hastened = False
        try:
            # A project file that is being edited may be invalid for a moment; the last known record stays.
            with contextlib.suppress(StranglerError):
                found = await asyncio.to_thread(self._ask)
                self.known = self.known if found == self.known else found
        finally:
            self._next = 0.0 if self._hastened else time.monotonic() + RECORD_SECONDS
            self._asking = None


class _Live:
    def __init__(self, orders: Orders, source: ReportSource, asked: _Asked) -> None:
        self._orders = orders
        self._source = source
        self._viewers = 0
        self._asked = asked

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
        told: MigrationRecord | None = None
        try:
            while True:
                self._asked.refresh()
                known = self._asked.known
                look = await self._look(role, None if known is told else known)
                told = known
                yield b"data: " + msgspec.json.encode(look) + b"\n\n"
                await asyncio.sleep(SECONDS)
        finally:
            self._viewers -= 1

    async def _look(self, role: str, migration: MigrationRecord | None) -> Look:
        bounds, routes = traffic_of(await self._orders.measures())
        diffs = await self._orders.diffs()
        differences = {name: difference_of(route.summary) for name, route in diffs.routes.items()}
        source, status = self._source, await self._orders.status()
        fleet = source.orders is not None
        return Look(role, source.gateways, fleet, status, bounds, routes, differences, migration)
