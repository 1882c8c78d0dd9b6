"""The facts a report page holds, as compact columns: names once, numbers instead of names everywhere else.

The page's scripts compute the way of a request from the statements of each function, so that a thousand routes
cost no more than the code they share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TypeAlias

from strangler.model.location import Location
from strangler.model.system import AccessMode, Call, CallKind, Confidence, OutsideUse, Route, TableAccess, variant_name
from strangler_analyzers.graph.overview import Level, Overview, OverviewNode, overview
from strangler_analyzers.graph.summary import Summary
from strangler_analyzers.graph.system_graph import SystemGraph

Json: TypeAlias = "str | int | float | bool | Mapping[str, Json] | Sequence[Json] | None"

CALL_KINDS = tuple(CallKind)
CONFIDENCES = tuple(Confidence)
IN_LOOP = 1


class _Numbering:
    """Hands out numbers to names, in the order they are first asked for."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._numbers: dict[str, int] = {}
        for name in names:
            self.of(name)

    def of(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def names(self) -> list[str]:
        return list(self._numbers)


def payload(graph: SystemGraph, summary: Summary) -> Mapping[str, Json]:
    """Everything the page shows, as JSON values; the shape is that of `assets/data.js`."""
    return _Payload(graph, summary).whole()


class _Payload:
    def __init__(self, graph: SystemGraph, summary: Summary) -> None:
        self._graph = graph
        self._summary = summary
        self._overview: Overview = overview(graph, Level.MODULES)
        self._files = _Numbering()
        self._strings = _Numbering([""])
        self._tables = _Numbering(node.name for node in self._overview.tables)
        self._functions = _Numbering()

    def whole(self) -> Mapping[str, Json]:
        sections: dict[str, Json] = {
            "summary": self._summary_values(),
            "modules": self._modules(),
            "tables": [self._table(node) for node in self._overview.tables],
            "edges": self._edges(),
            "routes": [self._route(route) for route in self._graph.facts.routes],
            "entries": [
                [entry.kind.value, entry.name, self._functions.of(entry.function), *self._place(entry.location)]
                for entry in self._graph.facts.entry_points
            ],
            "skipped": [[item.file, item.reason] for item in self._graph.facts.skipped],
        }
        sections["functions"] = self._reachable_functions()
        sections |= {
            "callKinds": [kind.value for kind in CALL_KINDS],
            "confidences": [level.value for level in CONFIDENCES],
            "files": self._files.names(),
            "strings": self._strings.names(),
        }
        return sections

    def _summary_values(self) -> Json:
        summary = self._summary
        return {
            "root": summary.root,
            "frameworks": list(summary.frameworks),
            "size": asdict(summary.size),
            "foreignTables": summary.foreign_tables,
            "outside": summary.outside,
            "ledger": asdict(summary.ledger),
            "findings": [[finding.text, finding.node, str(finding.location or "")] for finding in summary.findings],
            "cycles": [
                {
                    "modules": list(cycle.modules),
                    "example": list(cycle.example),
                    "deferred": cycle.broken_by_deferring,
                    "cheapest": [
                        [item.importer, item.imported, str(item.location), item.uses] for item in cycle.cheapest
                    ],
                }
                for cycle in summary.cycles
            ],
            "shared": [
                {
                    "table": self._tables.of(item.table),
                    "owner": item.owner or "",
                    "writers": [[writer.app, len(writer.writes)] for writer in item.writers],
                }
                for item in summary.shared_tables
            ],
        }

    def _modules(self) -> Json:
        coupling = {row.module: row for row in self._summary.coupling}
        rows: list[Json] = []
        for node in self._overview.units:
            module, row = self._graph.modules[node.name], coupling[node.name]
            rows.append([node.name, node.app, self._files.of(module.file), module.lines, row.afferent, row.efferent])
        return rows

    def _table(self, node: OverviewNode) -> Json:
        table = self._graph.tables.get(node.name)
        if table is None:
            return [node.name, node.app, "", "", *self._place(None), [], []]
        return [
            node.name,
            node.app,
            table.origin.value,
            table.model or "",
            *self._place(table.location),
            [[column.name, column.type] for column in table.columns],
            [[key.column, self._tables.of(key.target_table), *self._place(key.location)] for key in table.foreign_keys],
        ]

    def _edges(self) -> Json:
        """Rows of source, target, kind, count; modules are numbered first, tables after them."""
        nodes = [*self._overview.units, *self._overview.tables]
        number = {node.id: position for position, node in enumerate(nodes)}
        return [
            [number[edge.source], number[edge.target], edge.kind.value, edge.count] for edge in self._overview.edges
        ]

    def _route(self, route: Route) -> Json:
        functions = [variant_name(*run) for run in self._graph.running(route)]
        use = self._graph.route_tables(route)
        return [
            route.method,
            route.path,
            route.handler,
            *self._place(route.location),
            [self._functions.of(name) for name in functions],
            route.first_own,
            route.helpers,
            *([self._tables.of(name) for name in names] for names in (use.reads, use.writes)),
            *([self._tables.of(name) for name in names] for names in (use.later_reads, use.later_writes)),
        ]

    def _reachable_functions(self) -> Json:
        """Per function its name, file, line, whether anything is touched below it, and its statements.

        First the functions that routes and entry points name, then what they call, then the rest of the functions
        that touch tables.
        """
        for access in self._graph.facts.accesses:
            self._functions.of(access.function)
        rows: list[Json] = []
        for name in _growing(self._functions):
            function = name.partition("@")[0]
            known = self._graph.functions.get(function) or self._graph.classes.get(function)
            place = self._place(None if known is None else known.location)
            touches = self._graph.has_effect(name)
            rows.append(
                [name, *place, int(touches), [self._statement(item, place[0]) for item in self._statements(name)]]
            )
        return rows

    def _statements(self, function: str) -> list[Call | TableAccess | OutsideUse]:
        statements: list[Call | TableAccess | OutsideUse] = [*self._graph.calls_from(function)]
        statements += self._graph.accesses_of(function)
        statements += self._graph.outside_uses_of(function)
        return sorted(statements, key=lambda item: (item.location, item.column))

    def _statement(self, item: Call | TableAccess | OutsideUse, file: int) -> Json:
        """``[what, line, target, operation, kind, confidence, loop, transaction, other file]`` without trailing zeros.

        `what` is c(all), r(ead), w(rite) or o(utside); a transaction is its place; an other file only stands where
        the statement is not in the file of its function.
        """
        match item:
            case Call():
                head: list[Json] = ["c", item.location.line, self._functions.of(item.runs), 0]
                head.append(CALL_KINDS.index(item.kind))
            case TableAccess():
                what = "r" if item.mode is AccessMode.READ else "w"
                head = [what, item.location.line, self._tables.of(item.table), self._strings.of(item.operation), 0]
            case OutsideUse():
                name = self._strings.of(f"{item.kind.value} {item.name}")
                head = ["o", item.location.line, name, self._strings.of(item.operation), 0]
        confidence = 0 if isinstance(item, OutsideUse) else CONFIDENCES.index(item.confidence)
        begin = "" if item.transaction is None else str(item.transaction)
        place_file = self._files.of(item.location.file)
        other = place_file + 1 if place_file != file else 0
        tail: list[Json] = [confidence, int(item.in_loop), self._strings.of(begin), other]
        while tail and not tail[-1]:
            tail.pop()
        return [*head, *tail]

    def _place(self, location: Location | None) -> tuple[int, int]:
        """File number and line; -1 and 0 for nowhere."""
        return (-1, 0) if location is None else (self._files.of(location.file), location.line)


def _growing(numbering: _Numbering) -> Iterable[str]:
    """Every name of a numbering, those included that join while one reads."""
    position = 0
    while position < len(names := numbering.names()):
        yield from names[position:]
        position = len(names)
