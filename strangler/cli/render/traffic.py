"""The evidence of logs, as sections of the summary."""

from __future__ import annotations

from collections.abc import Iterator

import rich.console
from rich.text import Text

from strangler.cli.render.sections import columns, figure, listed, more, section, share
from strangler.model.quantity import quantity
from strangler_analyzers.graph.summary import Summary
from strangler_analyzers.graph.traffic import AccessSummary, StatementSummary


def traffic_sections(summary: Summary, rows: int) -> Iterator[rich.console.RenderableType]:
    """The busiest routes and tables, and the unused ones; nothing if no log was read."""
    if summary.access is not None:
        yield from _access(summary.access, rows)
    if summary.statements is not None:
        yield from _statements(summary.statements, rows)


def _access(access: AccessSummary, rows: int) -> Iterator[rich.console.RenderableType]:
    traffic = access.traffic
    yield from section(f"Busiest routes, of {quantity(traffic.requests, 'logged request')}")
    table = columns("route", "requests", "share", "4xx", "5xx", "p50 ms", "p95 ms", "p99 ms")
    for route in traffic.routes[:rows]:
        errors = (share(route.client_errors, route.requests), share(route.server_errors, route.requests))
        times = map(_time, (route.p50_ms, route.p95_ms, route.p99_ms))
        requests = (figure(route.requests), share(route.requests, traffic.requests))
        table.add_row(f"{route.method} {route.path}", *requests, *errors, *times)
    yield table
    yield from more(len(traffic.routes) - rows)
    yield from listed("Routes no request was for", access.unused_routes, rows)
    if traffic.unmatched:
        total = sum(item.requests for item in traffic.unmatched)
        yield from section(f"Requests no route answers ({figure(total)})")
        table = columns("request", "requests")
        for item in traffic.unmatched[:rows]:
            table.add_row(f"{item.method} {item.path}", figure(item.requests))
        yield table
        yield from more(len(traffic.unmatched) - rows)
    if traffic.unreadable:
        yield Text(f"{quantity(traffic.unreadable, 'line')} of the access logs could not be read", "dim")


def _statements(statements: StatementSummary, rows: int) -> Iterator[rich.console.RenderableType]:
    traffic = statements.traffic
    yield from section(f"Most used tables, of {quantity(traffic.statements, 'logged statement')}")
    table = columns("table", "reads", "writes")
    for item in traffic.tables[:rows]:
        table.add_row(item.table, figure(item.reads), figure(item.writes))
    yield table
    yield from more(len(traffic.tables) - rows)
    yield from listed("Tables no statement touched", statements.unused_tables, rows)
    yield from listed("Tables only the logs know", [item.table for item in traffic.unknown_tables], rows)
    others = ((traffic.without_tables, "touch no table"), (traffic.unreadable, "could not be read"))
    told = [f"{figure(count)} {what}" for count, what in others if count]
    if told:
        yield Text(f"statements: {', '.join(told)}", "dim")


def _time(milliseconds: float | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds:,g}"
