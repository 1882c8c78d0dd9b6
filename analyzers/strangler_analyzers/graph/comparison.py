"""Compares the static analysis with a recorded run: the facts that both have, and those that only one has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from strangler.model.evidence import UnmatchedRequest
from strangler.model.system import AccessMode, CallKind, SystemFacts
from strangler.model.tables import TableOrigin
from strangler_analyzers.graph.elements import all_accesses, all_calls
from strangler_analyzers.graph.system_graph import SystemGraph


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison for one kind of fact. `only_static` is limited to facts of functions or routes that ran."""

    both: int
    only_observed: tuple[str, ...]
    only_static: tuple[str, ...]

    @property
    def recall(self) -> float | None:
        """The share of observed facts that the analysis knows; None if nothing was observed."""
        return _share(self.both, self.both + len(self.only_observed))

    @property
    def confirmed(self) -> float | None:
        """The share of the analysis's facts that was observed: a lower bound, since not every fact runs."""
        return _share(self.both, self.both + len(self.only_static))


@dataclass(frozen=True, slots=True)
class ObservedSummary:
    """The results of a recorded run about a system and its analysis."""

    functions_run: int
    functions: int
    """The number of functions in application code."""
    routes_entered: int
    routes: int
    calls: Comparison
    """Calls with one function directly above the other on the stack; for `only_static` any way of calling counts."""
    library_calls: Comparison
    """Calls with library frames in between; nothing is only static here."""
    reads: Comparison
    """Tables read by functions."""
    writes: Comparison
    route_reads: Comparison
    """Tables read by requests, middleware included; only tables the source declares."""
    route_writes: Comparison
    unmatched: tuple[UnmatchedRequest, ...]
    unknown_functions: int


def observed_summary(graph: SystemGraph) -> ObservedSummary | None:
    """The comparison of a system with its recorded run; None without one."""
    facts, run = graph.facts, graph.facts.observed
    if run is None:
        return None
    ran = set(run.functions)
    adjacent, through = set(run.calls), set(run.library_calls)
    static = _static_calls(graph)
    judged = {call for call in static if call[0] in ran} - _wrappings(graph)
    routes = {(route.path, route.method) for route in facts.routes}
    return ObservedSummary(
        len(ran),
        sum(_is_function(graph, name) for name in graph.functions),
        len(run.routes),
        len(routes),
        Comparison(
            len(adjacent & static),
            _arrows(adjacent - static),
            _arrows(judged - adjacent - through),
        ),
        Comparison(len(through & static), _arrows(through - static), ()),
        _accesses(facts, ran, set(run.reads), AccessMode.READ),
        _accesses(facts, ran, set(run.writes), AccessMode.WRITE),
        _route_tables(graph, set(run.route_reads), AccessMode.READ),
        _route_tables(graph, set(run.route_writes), AccessMode.WRITE),
        run.unmatched,
        run.unknown_functions,
    )


def _static_calls(graph: SystemGraph) -> set[tuple[str, str]]:
    return {
        (call.caller, call.callee)
        for call, _ in all_calls(graph.facts)
        if call.callee in graph.functions and graph.in_application(call.caller) and call.kind is not CallKind.ASYNC
    }


def _wrappings(graph: SystemGraph) -> set[tuple[str, str]]:
    """Pairs of a decorated function and the wrapper that runs for it, which never appear as caller and callee."""
    return {(call.caller, call.callee) for call, _ in all_calls(graph.facts) if call.kind is CallKind.DECORATOR}


def _is_function(graph: SystemGraph, name: str) -> bool:
    return graph.in_application(name) and not name.endswith(":<module>")


def _accesses(facts: SystemFacts, ran: set[str], observed: set[tuple[str, str]], mode: AccessMode) -> Comparison:
    static = {(access.function, access.table) for access, _ in all_accesses(facts) if access.mode is mode}
    judged = {pair for pair in static if pair[0] in ran}
    return Comparison(len(observed & static), _arrows(observed - static), _arrows(judged - observed))


def _route_tables(graph: SystemGraph, observed: set[tuple[str, str, str]], mode: AccessMode) -> Comparison:
    declared = {table.name for table in graph.facts.tables if table.origin is not TableOrigin.FRAMEWORK}
    entered = set(graph.facts.observed.routes) if graph.facts.observed is not None else set[tuple[str, str]]()
    static: set[tuple[str, str, str]] = set()
    for route in graph.facts.routes:
        if (route.path, route.method) in entered:
            use = graph.route_tables(route, middleware=True)
            tables = use.reads if mode is AccessMode.READ else use.writes
            static |= {(route.path, route.method, table) for table in tables if table in declared}
    seen = {item for item in observed if item[2] in declared}
    return Comparison(len(seen & static), _requests(seen - static), _requests(static - seen))


def _arrows(pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(f"{source} -> {target}" for source, target in sorted(pairs))


def _requests(items: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    return tuple(f"{method} {path} -> {table}" for path, method, table in sorted(items))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
