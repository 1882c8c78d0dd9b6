"""The figures that describe a system, and the findings worth knowing first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from strangler.model.identifiers import function_id, module_id, route_id, table_id
from strangler.model.location import Location
from strangler.model.quantity import quantity
from strangler.model.system import Ledger, ModuleRole, Reading, SkippedFile
from strangler_analyzers.graph.comparison import ObservedSummary, observed_summary
from strangler_analyzers.graph.coupling import ModuleCoupling
from strangler_analyzers.graph.cycles import ImportCycle
from strangler_analyzers.graph.shared_tables import SharedTable
from strangler_analyzers.graph.system_graph import SystemGraph
from strangler_analyzers.graph.traffic import AccessSummary, StatementSummary, access_summary, statement_summary
from strangler_analyzers.graph.transactions import transaction_spans, waiting_uses

_MOST_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a system; `lines` are physical lines of application code; tests and migrations count separately."""

    modules: int
    lines: int
    test_modules: int
    test_lines: int
    migration_modules: int
    classes: int
    functions: int
    imports: int
    calls: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: a sentence, the node it concerns, and where to look."""

    text: str
    node: str
    location: Location | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What `strangler analyze` reports at the end."""

    root: str
    frameworks: tuple[str, ...]
    size: Size
    routes: int
    tables: int
    foreign_tables: int
    """Tables of installed packages, not counted in `tables`."""
    undeclared_tables: int
    """Tables that only a statement or a foreign key mentions, not counted in `tables`."""
    entry_points: dict[str, int]
    outside: dict[str, int]
    """The number of distinct outside things, by kind."""
    findings: tuple[Finding, ...]
    coupling: tuple[ModuleCoupling, ...]
    cycles: tuple[ImportCycle, ...]
    shared_tables: tuple[SharedTable, ...]
    ledger: Ledger
    reading: Reading
    skipped: tuple[SkippedFile, ...]
    access: AccessSummary | None = None
    """The results from access logs, if given."""
    statements: StatementSummary | None = None
    """The results from statement logs, if given."""
    observed: ObservedSummary | None = None
    """The results from a recorded run, if given."""


def summarise(graph: SystemGraph) -> Summary:
    """The summary of a system."""
    facts = graph.facts
    names = graph.table_names
    return Summary(
        root=facts.root,
        frameworks=facts.frameworks,
        size=_size(graph),
        routes=len(facts.routes),
        tables=len(names.own),
        foreign_tables=len(names.foreign),
        undeclared_tables=len(names.undeclared),
        entry_points=_counted(entry.kind.value for entry in facts.entry_points),
        outside=_counted(kind for kind, _ in {(use.kind.value, use.name) for use in facts.outside}),
        findings=tuple(_findings(graph))[:_MOST_FINDINGS],
        coupling=graph.coupling,
        cycles=graph.cycles,
        shared_tables=graph.shared_tables,
        ledger=facts.ledger,
        reading=facts.reading,
        skipped=facts.skipped,
        access=access_summary(facts),
        statements=statement_summary(facts),
        observed=observed_summary(graph),
    )


def _size(graph: SystemGraph) -> Size:
    modules: Counter[ModuleRole] = Counter()
    lines: Counter[ModuleRole] = Counter()
    for module in graph.facts.modules:
        modules[module.role] += 1
        lines[module.role] += module.lines
    return Size(
        modules=modules[ModuleRole.APPLICATION],
        lines=lines[ModuleRole.APPLICATION],
        test_modules=modules[ModuleRole.TEST],
        test_lines=lines[ModuleRole.TEST],
        migration_modules=modules[ModuleRole.MIGRATION],
        classes=len(graph.facts.classes),
        functions=sum(not name.endswith(":<module>") for name in graph.functions),
        imports=len(graph.facts.imports),
        calls=len(graph.facts.calls),
    )


def _counted(kinds: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(kinds).items()))


def _findings(graph: SystemGraph) -> Iterator[Finding]:
    """The findings, first those that hinder a migration most."""
    yield from _widest_transaction(graph)
    yield from _most_shared_table(graph)
    yield from _waiting_transaction(graph)
    yield from _largest_cycle(graph)
    yield from _widest_route(graph)
    yield from _most_used_module(graph)


def _widest_transaction(graph: SystemGraph) -> Iterator[Finding]:
    # A job that touches everything, such as one that fills a database, tells little about features.
    spans = [span for span in transaction_spans(graph) if span.function in graph.answering_functions]
    if spans and len(spans[0].apps) > 1:
        span = spans[0]
        text = (
            f"One transaction in {span.function} writes {quantity(len(span.writes), 'table')} of {_named(span.apps)}."
        )
        yield Finding(text, function_id(span.function), span.begin)


def _most_shared_table(graph: SystemGraph) -> Iterator[Finding]:
    if graph.shared_tables:
        shared = graph.shared_tables[0]
        apps = tuple(writer.app for writer in shared.writers)
        text = f"The table {shared.table} is written from {_named(apps)}."
        yield Finding(text, table_id(shared.table), shared.writers[0].writes[0].location)


def _waiting_transaction(graph: SystemGraph) -> Iterator[Finding]:
    waiting = waiting_uses(graph)
    if waiting:
        first = waiting[0]
        others = f", as {quantity(len(waiting) - 1, 'other place')} do" if len(waiting) > 1 else ""
        text = (
            f"{first.use.function} uses {first.use.kind.value} while the transaction of {first.begin} is open{others}."
        )
        yield Finding(text, function_id(first.use.function), first.use.location)


def _largest_cycle(graph: SystemGraph) -> Iterator[Finding]:
    if graph.cycles:
        cycle = graph.cycles[0]
        text = (
            f"{quantity(len(cycle.modules), 'module')} import each other in a ring; "
            f"{quantity(len(cycle.cheapest), 'import')} would have to go to break it."
        )
        yield Finding(text, module_id(cycle.modules[0]), cycle.cheapest[0].location)


def _widest_route(graph: SystemGraph) -> Iterator[Finding]:
    uses = [(route, graph.route_tables(route)) for route in graph.facts.routes]
    if uses:
        route, use = max(uses, key=lambda item: (len(item[1].writes), len(item[1].reads)))
        name = f"{route.method} {route.path}"
        text = (
            f"{name} reads {quantity(len(use.reads), 'table')} and writes {len(use.writes)}, more than any other route."
        )
        if use.reads or use.writes:
            yield Finding(text, route_id(route.method, route.path), route.location)


def _most_used_module(graph: SystemGraph) -> Iterator[Finding]:
    most = max(graph.coupling, key=lambda row: row.afferent, default=None)
    if most is not None and most.afferent > 1:
        text = f"{most.module} is used by {most.afferent} of {quantity(len(graph.coupling), 'module')}."
        yield Finding(text, module_id(most.module), Location(graph.modules[most.module].file, 1))


def _named(apps: tuple[str, ...]) -> str:
    shown = ", ".join(apps[:4]) + (", ..." if len(apps) > 4 else "")
    return f"{quantity(len(apps), 'app')} ({shown})"
