"""Counts the responses clients get; on the hot path, so each request costs a few additions to existing arrays."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import Final

from strangler.model.authority import Side
from strangler_gateway.in_flight import Ticket
from strangler_gateway.metrics.measures import PREFIX, Distribution, Histogram, Labels, Measures, Series, counted

BOUNDS: Final[tuple[float, ...]] = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)
"""Upper bounds in seconds: the default buckets of the Prometheus clients, and finer ones below."""
UNDECLARED: Final = "undeclared"
"""The label of requests that no route matches; it cannot be a route's name, which always has a space."""

_TUNNEL: Final = 1
_V1: Final = Side.V1
_CODES: Final = ("none", *(f"{number}xx" for number in range(1, 10)))
"""By the first digit of the status; ``none`` when the client disconnected before there was one."""
_COLUMNS: Final = len(BOUNDS) + 1


class Row:
    """The counts and durations of the requests of one route to one side, or to one arm of it."""

    __slots__ = ("_counts", "_seconds", "labels", "service")

    def __init__(self, service: str | None, labels: Labels) -> None:
        self.service = service
        self.labels = labels
        self._counts = array("Q", bytes(8 * len(_CODES) * _COLUMNS))
        self._seconds = 0.0

    def add(self, status: int, seconds: float) -> None:
        """Count a request that ended with `status` after `seconds`."""
        kind = status // 100
        column = 0
        if kind != _TUNNEL:
            # Most requests fall into the first buckets, where a linear scan beats a binary search.
            for bound in BOUNDS:
                if seconds <= bound:
                    break
                column += 1
            self._seconds += seconds
        self._counts[kind * _COLUMNS + column] += 1

    def codes(self) -> Iterator[tuple[str, int]]:
        """Yield the number of requests by the first digit of their status."""
        for kind, code in enumerate(_CODES):
            if number := sum(self._of(kind)):
                yield code, number

    def distribution(self) -> Distribution:
        """Return the distribution of their durations, without tunnels."""
        kinds = [self._of(kind) for kind in range(len(_CODES)) if kind != _TUNNEL]
        return Distribution(tuple(map(sum, zip(*kinds, strict=True))), self._seconds)

    def _of(self, kind: int) -> array[int]:
        return self._counts[kind * _COLUMNS : (kind + 1) * _COLUMNS]


class Meter:
    """The counts of one process since its start.

    A route gets its rows with its first request, so only routes in use take memory.
    """

    def __init__(self) -> None:
        self._v1: dict[str | None, Row] = {}
        self._v2: dict[str | None, Row] = {}
        self._arms: dict[tuple[str | None, str], Row] = {}
        self._refusals: dict[int, int] = {}
        self._fallbacks: dict[tuple[str, str], int] = {}

    def finished(self, ticket: Ticket, status: int, seconds: float) -> None:
        """Count a request whose response ended `seconds` after it arrived; `status` is 0 when none began.

        The time a tunnel was open does not count as latency.
        """
        if ticket.arm is not None:
            row = self._arms.get((ticket.route, ticket.arm))
        elif ticket.side is _V1:
            row = self._v1.get(ticket.route)
        else:
            row = self._v2.get(ticket.route)
        if row is None:
            row = self._add(ticket)
        row.add(status, seconds)

    def refused(self, status: int) -> None:
        """Count a response of the gateway's own."""
        self._refusals[status] = self._refusals.get(status, 0) + 1

    def fell_back(self, ticket: Ticket) -> None:
        """Count a request that v1 answers because v2 does not."""
        key = ticket.service or "", ticket.route or UNDECLARED
        self._fallbacks[key] = self._fallbacks.get(key, 0) + 1

    def fallback_series(self) -> Series:
        """Return the number of requests that v1 was given in place of v2."""
        return counted(
            "fallbacks_total",
            "Requests that v1 was given because v2 did not answer.",
            (
                ((("service", service), ("route", route)), number)
                for (service, route), number in self._fallbacks.items()
            ),
        )

    def forget(self, services: Mapping[str, str]) -> None:
        """Drop the counts of routes that no longer exist; `services` maps each route's name to its service."""
        for rows in (self._v1, self._v2):
            for route in [route for route, row in rows.items() if not _declared(route, row, services)]:
                del rows[route]
        for key in [key for key, row in self._arms.items() if not _declared(key[0], row, services)]:
            del self._arms[key]
        for key in [key for key in self._fallbacks if services.get(key[1]) != key[0]]:
            del self._fallbacks[key]

    def measures(self) -> Measures:
        """Return all counts as measures."""
        rows = list(self._rows())
        return Measures(
            (
                counted(
                    "requests_total",
                    "Requests that were let in, by the first digit of the status their clients got.",
                    (((*row.labels, ("code", code)), number) for row in rows for code, number in row.codes()),
                ),
                counted(
                    "refusals_total",
                    "Answers in the name of the gateway, by status.",
                    (((("code", str(status)),), number) for status, number in self._refusals.items()),
                ),
                self.fallback_series(),
            ),
            (
                Histogram(
                    f"{PREFIX}_request_duration_seconds",
                    "From the arrival of a request to the end of its response, time in a hold or a queue included.",
                    BOUNDS,
                    tuple((row.labels, row.distribution()) for row in rows),
                ),
            ),
        )

    def _rows(self) -> Iterator[Row]:
        yield from self._v1.values()
        yield from self._v2.values()
        yield from self._arms.values()

    def _add(self, ticket: Ticket) -> Row:
        row = Row(ticket.service, labels_of(ticket.service, ticket.route, ticket.side, ticket.arm))
        if ticket.arm is not None:
            self._arms[ticket.route, ticket.arm] = row
        elif ticket.side is _V1:
            self._v1[ticket.route] = row
        else:
            self._v2[ticket.route] = row
        return row


def labels_of(service: str | None, route: str | None, side: Side, arm: str | None) -> Labels:
    """Return the labels that distinguish requests."""
    return (
        *((("service", service),) if service is not None else ()),
        ("route", route or UNDECLARED),
        ("side", side.value),
        *((("arm", arm),) if arm is not None else ()),
    )


def _declared(route: str | None, row: Row, services: Mapping[str, str]) -> bool:
    return route is None or services.get(route) == row.service
