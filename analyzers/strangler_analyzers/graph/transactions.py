"""Database transactions in the code: the tables that each connects, and the outside calls it waits for."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from strangler.model.location import Location
from strangler.model.system import AccessMode, ExternalKind, OutsideUse, TableAccess
from strangler_analyzers.graph.system_graph import SystemGraph

WAITING = frozenset({ExternalKind.HTTP, ExternalKind.QUEUE, ExternalKind.MAIL, ExternalKind.SUBPROCESS})
"""The kinds of outside things that a transaction should not wait for."""


@dataclass(frozen=True, slots=True)
class TransactionSpan:
    """A place that opens a transaction, and the tables that commit together there, sorted.

    `apps` are those that hold the models of the written tables.
    """

    begin: Location
    function: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    apps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WaitingUse:
    """An outside use while a transaction is open, and where that transaction begins."""

    use: OutsideUse
    begin: Location


def transaction_spans(graph: SystemGraph) -> tuple[TransactionSpan, ...]:
    """Every transaction of application code with the tables it reads and writes.

    It includes tables reached through calls, except calls that run later. Most apps first, then most tables written.
    """
    function: dict[Location, str] = {}
    accesses: defaultdict[Location, list[TableAccess]] = defaultdict(list)
    callees: defaultdict[Location, set[str]] = defaultdict(set)
    for access in graph.facts.accesses:
        if access.transaction is not None and graph.in_application(access.function):
            function.setdefault(access.transaction, access.function)
            accesses[access.transaction].append(access)
    for call in graph.facts.calls:
        if (
            call.transaction is not None
            and call.kind.is_in_transaction
            and call.kind.leads_on
            and graph.in_application(call.caller)
        ):
            function.setdefault(call.transaction, call.caller)
            callees[call.transaction].add(call.callee)
    spans = [_span(graph, begin, function[begin], accesses[begin], callees[begin]) for begin in function]
    return tuple(sorted(spans, key=lambda span: (-len(span.apps), -len(span.writes), span.begin)))


def waiting_uses(graph: SystemGraph) -> tuple[WaitingUse, ...]:
    """The outside uses that keep a transaction open, each with its nearest transaction, by location."""
    begin = nearest_transactions(graph)
    found = [
        WaitingUse(use, use.transaction or begin[use.function])
        for use in graph.facts.outside
        if use.kind in WAITING
        and graph.in_application(use.function)
        and (use.transaction is not None or use.function in begin)
    ]
    return tuple(sorted(found, key=lambda item: (item.use.location, item.use.column, item.use.operation)))


def _span(
    graph: SystemGraph, begin: Location, function: str, accesses: Iterable[TableAccess], callees: Iterable[str]
) -> TransactionSpan:
    use = graph.tables_of(callees)
    reads, writes = set(use.reads), set(use.writes)
    for access in accesses:
        (reads if access.mode is AccessMode.READ else writes).add(access.table)
    return TransactionSpan(begin, function, tuple(sorted(reads)), tuple(sorted(writes)), _apps(graph, writes))


def nearest_transactions(graph: SystemGraph) -> dict[str, Location]:
    """The functions that can run inside a caller's transaction, each with the transaction the fewest calls away."""
    begin: dict[str, Location] = {}
    queue: deque[str] = deque()
    for call in graph.facts.calls:
        if call.transaction is None or not call.kind.is_in_transaction or not graph.in_application(call.caller):
            continue
        if call.callee not in begin:
            begin[call.callee] = call.transaction
            queue.append(call.callee)
    while queue:
        function = queue.popleft()
        for call in graph.calls_from(function):
            if call.kind.is_in_transaction and call.kind.leads_on and call.callee not in begin:
                begin[call.callee] = begin[function]
                queue.append(call.callee)
    return begin


def _apps(graph: SystemGraph, tables: Collection[str]) -> tuple[str, ...]:
    apps = {graph.applications.of_table(table) for table in tables}
    return tuple(sorted(app for app in apps if app is not None))
