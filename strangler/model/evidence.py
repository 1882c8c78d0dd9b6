"""Evidence of a running system: counts from its logs and recordings. No value of a request or a row is kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class RouteTraffic:
    """The requests of one route, by its path and method; latencies are in milliseconds, None when not logged."""

    path: str
    method: str
    requests: int
    client_errors: int
    """Responses with status 400 to 499."""
    server_errors: int
    """Responses with status 500 or above."""
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True, order=True)
class TableTraffic:
    """How many statements read a table, and how many wrote it."""

    table: str
    reads: int
    writes: int


@dataclass(frozen=True, slots=True, order=True)
class UnmatchedRequest:
    """Requests that match no route: `path` has ``{}`` for every segment that may be a value."""

    path: str
    method: str
    requests: int


@dataclass(frozen=True, slots=True)
class AccessTraffic:
    """The traffic in access logs. `requests` is the sum of the routes' requests and the unmatched ones."""

    requests: int
    unreadable: int
    """Lines that are not requests."""
    routes: tuple[RouteTraffic, ...]
    unmatched: tuple[UnmatchedRequest, ...]


@dataclass(frozen=True, slots=True)
class StatementTraffic:
    """The traffic in statement logs."""

    statements: int
    without_tables: int
    """Statements about sessions, transactions or the catalogue, and truncated multi-line statements."""
    unreadable: int
    """Statements about tables that could not be parsed."""
    tables: tuple[TableTraffic, ...]
    """Tables that the analysis knows."""
    unknown_tables: tuple[TableTraffic, ...]
    """Tables that it does not know."""


@dataclass(frozen=True, slots=True)
class ObservedRun:
    """A recorded run, in the names of the analysis; application code only, without tests and migrations."""

    functions: tuple[str, ...]
    """Functions that ran."""
    calls: tuple[tuple[str, str], ...]
    """Caller and callee in adjacent frames of the stack."""
    library_calls: tuple[tuple[str, str], ...]
    """The nearest caller in the application and the callee, with library frames between them."""
    reads: tuple[tuple[str, str], ...]
    """The function nearest to a statement, and a table that the statement reads."""
    writes: tuple[tuple[str, str], ...]
    routes: tuple[tuple[str, str], ...]
    """Path and method of the routes whose handlers ran."""
    route_reads: tuple[tuple[str, str, str], ...]
    """Path and method of a route, and a table that its requests read."""
    route_writes: tuple[tuple[str, str, str], ...]
    unmatched: tuple[UnmatchedRequest, ...]
    """Requests that match no route."""
    unknown_functions: int
    """The number of functions that ran in the application's files but are unknown to the analysis."""
