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


@dataclass(frozen=True, slots=True)
class ObservedRun:
    """What a recorded run did, in the names of the analysis; only application code, no tests and migrations."""

    functions: tuple[str, ...]
    """Those that ran."""
    calls: tuple[tuple[str, str], ...]
    """Caller and callee, one above the other on the stack."""
    library_calls: tuple[tuple[str, str], ...]
    """The nearest caller of the application, with frames of libraries between."""
    reads: tuple[tuple[str, str], ...]
    """The function nearest to a statement, and a table the statement reads."""
    writes: tuple[tuple[str, str], ...]
    routes: tuple[tuple[str, str], ...]
    """Path and method of the routes that were entered."""
    route_reads: tuple[tuple[str, str, str], ...]
    """Path and method of a route, and a table its requests read."""
    route_writes: tuple[tuple[str, str, str], ...]
    unmatched: tuple[UnmatchedRequest, ...]
    """Requests that no route answers."""
    unknown_functions: int
    """Functions that ran in files of the application and that the analysis does not know."""
