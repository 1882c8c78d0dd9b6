"""Counts the log entries of routes and tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from strangler.model.evidence import AccessTraffic, RouteTraffic, StatementTraffic, TableTraffic, UnmatchedRequest
from strangler.model.progress import Progress
from strangler.model.system import AccessMode, SystemFacts
from strangler_analyzers.evidence.access_log import Request, line_reader
from strangler_analyzers.evidence.durations import Durations
from strangler_analyzers.evidence.log_lines import opened_log
from strangler_analyzers.evidence.route_matching import RouteMatcher
from strangler_analyzers.evidence.statement_log import Statement, statements
from strangler_analyzers.frameworks.sql.statements import looks_like_sql, read_sql


@dataclass(slots=True)
class _Answers:
    """The counts for one route."""

    requests: int = 0
    client_errors: int = 0
    server_errors: int = 0
    durations: Durations = field(default_factory=Durations)

    def add(self, request: Request) -> None:
        self.requests += 1
        self.client_errors += 400 <= request.status < 500
        self.server_errors += request.status >= 500
        if request.milliseconds is not None:
            self.durations.add(request.milliseconds)


def check_logs(logs: Iterable[Path], access_log_format: str) -> None:
    """Raise the errors that reading the logs would raise, before the long analysis begins."""
    line_reader(access_log_format)
    for log in logs:
        with opened_log(log) as lines:
            next(lines, None)


def access_traffic(facts: SystemFacts, logs: Sequence[Path], log_format: str, progress: Progress) -> AccessTraffic:
    """The requests of access logs by the routes of a system.

    Raises UsageError for an unknown format, InputError for a log that cannot be read.
    """
    read = line_reader(log_format)
    matcher = RouteMatcher(facts.routes)
    routes: defaultdict[tuple[str, str], _Answers] = defaultdict(_Answers)
    unmatched: Counter[tuple[str, str]] = Counter()
    unreadable = 0
    progress.start("access logs", len(logs))
    for log in logs:
        with opened_log(log) as lines:
            for line in lines:
                request = read(line)
                if request is None:
                    unreadable += bool(line.strip())
                    continue
                route = matcher.route_of(request.method, request.path)
                if route is None:
                    unmatched[matcher.shape(request.path), request.method] += 1
                else:
                    routes[route.path, route.method].add(request)
        progress.advance()
    progress.finish()
    return AccessTraffic(
        unmatched.total() + sum(answers.requests for answers in routes.values()),
        unreadable,
        tuple(_route_traffic(path, method, routes[path, method]) for path, method in sorted(routes)),
        tuple(UnmatchedRequest(path, method, unmatched[path, method]) for path, method in sorted(unmatched)),
    )


def _route_traffic(path: str, method: str, answers: _Answers) -> RouteTraffic:
    p50, p95, p99 = (answers.durations.percentile(share) for share in (0.5, 0.95, 0.99))
    return RouteTraffic(path, method, answers.requests, answers.client_errors, answers.server_errors, p50, p95, p99)


def statement_traffic(facts: SystemFacts, logs: Sequence[Path], progress: Progress) -> StatementTraffic:
    """The statements of database logs by the tables they read and write.

    Raises InputError for a log that cannot be read.
    """
    counted: Counter[tuple[str, tuple[str, ...]]] = Counter()
    progress.start("statement logs", len(logs))
    for log in logs:
        with opened_log(log) as lines:
            for statement in statements(lines):
                counted[statement.text, statement.dialects] += statement.count
        progress.advance()
    progress.finish()
    tally = _Tally({table.name.lower(): table.name for table in facts.tables})
    for (text, dialects), count in counted.items():
        tally.add(Statement(text, count, dialects))
    return tally.traffic(counted.total())


class _Tally:
    """Counts statements by table."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = known
        self._counts: Counter[tuple[str, AccessMode]] = Counter()
        self._without_tables = 0
        self._unreadable = 0

    def add(self, statement: Statement) -> None:
        """Count one statement as often as it ran."""
        if not looks_like_sql(statement.text):
            self._without_tables += statement.count
            return
        read = read_sql(statement.text, statement.dialects)
        if read is None:
            self._unreadable += statement.count
            return
        touched = {(self._known.get(table.lower(), table), mode) for table, mode, _ in read.accesses}
        self._without_tables += 0 if touched else statement.count
        for table, mode in touched:
            self._counts[table, mode] += statement.count

    def traffic(self, total: int) -> StatementTraffic:
        """What was counted."""
        known = set(self._known.values())
        tables = [
            TableTraffic(table, self._counts[table, AccessMode.READ], self._counts[table, AccessMode.WRITE])
            for table in sorted({table for table, _ in self._counts})
        ]
        return StatementTraffic(
            total,
            self._without_tables,
            self._unreadable,
            tuple(table for table in tables if table.table in known),
            tuple(table for table in tables if table.table not in known),
        )
