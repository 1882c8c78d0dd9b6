"""What a running system was seen to do: counts from its logs. No value of a request or a row is kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RouteTraffic:
    """The requests of one route, named as the route is; times in milliseconds where they are logged."""

    path: str
    method: str
    requests: int
    client_errors: int
    """Answers from 400 to 499."""
    server_errors: int
    """Answers from 500 on."""
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True, order=True)
class TableTraffic:
    """How many statements read and how many wrote a table."""

    table: str
    reads: int
    writes: int


@dataclass(frozen=True, slots=True, order=True)
class UnmatchedRequest:
    """Requests no route answers: `path` with ``{}`` for every segment that may be a value."""

    path: str
    method: str
    requests: int


@dataclass(frozen=True, slots=True)
class AccessTraffic:
    """What access logs say. The sum of the routes' and the unmatched requests is `requests`."""

    requests: int
    unreadable: int
    """Lines that are no request."""
    routes: tuple[RouteTraffic, ...]
    unmatched: tuple[UnmatchedRequest, ...]


@dataclass(frozen=True, slots=True)
class StatementTraffic:
    """What statement logs say."""

    statements: int
    without_tables: int
    """Statements about sessions, transactions or the catalogue, and those of several lines that were cut."""
    unreadable: int
    """Statements about tables that could not be parsed."""
    tables: tuple[TableTraffic, ...]
    """Of tables the analysis knows."""
    unknown_tables: tuple[TableTraffic, ...]
    """Of tables it does not."""
