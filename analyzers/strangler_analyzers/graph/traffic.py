"""Log evidence about a system as a whole: what is busy, and what is unused."""

from __future__ import annotations

from dataclasses import dataclass

from strangler.model.evidence import AccessTraffic, StatementTraffic
from strangler.model.system import SystemFacts
from strangler.model.tables import TableOrigin


@dataclass(frozen=True, slots=True)
class AccessSummary:
    """Requests by route, busiest first, and the routes (``METHOD /path``) without requests."""

    traffic: AccessTraffic
    unused_routes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatementSummary:
    """Statements by table, most used first, and the monolith's own tables that no statement touched."""

    traffic: StatementTraffic
    unused_tables: tuple[str, ...]


def access_summary(facts: SystemFacts) -> AccessSummary | None:
    """The results from access logs; None if none were read."""
    traffic = facts.access_traffic
    if traffic is None:
        return None
    used = {(item.path, item.method) for item in traffic.routes}
    routes = dict.fromkeys((route.path, route.method) for route in facts.routes)
    ordered = AccessTraffic(
        traffic.requests,
        traffic.unreadable,
        tuple(sorted(traffic.routes, key=lambda item: (-item.requests, item))),
        tuple(sorted(traffic.unmatched, key=lambda item: (-item.requests, item))),
    )
    return AccessSummary(ordered, tuple(f"{method} {path}" for path, method in routes if (path, method) not in used))


def statement_summary(facts: SystemFacts) -> StatementSummary | None:
    """The results from statement logs; None if none were read."""
    traffic = facts.statement_traffic
    if traffic is None:
        return None
    used = {item.table for item in traffic.tables}
    own = [table.name for table in facts.tables if table.origin is not TableOrigin.FRAMEWORK]
    ordered = StatementTraffic(
        traffic.statements,
        traffic.without_tables,
        traffic.unreadable,
        tuple(sorted(traffic.tables, key=lambda item: (-item.reads - item.writes, item))),
        tuple(sorted(traffic.unknown_tables, key=lambda item: (-item.reads - item.writes, item))),
    )
    return StatementSummary(ordered, tuple(name for name in own if name not in used))
