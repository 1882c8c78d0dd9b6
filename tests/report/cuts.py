"""What a what-if costs as Python says it: the front end is held to this."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strangler.report.document.grouping import DeclaredService, Grouping
from strangler.report.document.services import REST
from strangler_analyzers.boundaries.constraints import SHARED
from strangler_analyzers.boundaries.crossings import CrossingKind, Evidence, evidence
from strangler_analyzers.boundaries.cut_vector import CYCLES, HOPS, Drawn, draw
from strangler_analyzers.graph.system_graph import SystemGraph


@dataclass(frozen=True, slots=True)
class Cuts:
    """A system of which any boundaries can be drawn."""

    graph: SystemGraph
    found: Evidence
    services: Sequence[DeclaredService] = ()

    @property
    def movable(self) -> list[str]:
        """The ids of every table, module and group."""
        grouping = self.grouping
        modules, tables = self.graph.application_modules, self.graph.facts.tables
        groups = {grouping.of_module(name).name for name in modules} | {
            grouping.of_table(table.name).name for table in tables
        }
        return sorted(
            [
                *(f"table:{table.name}" for table in tables),
                *(f"module:{name}" for name in modules),
                *(f"group:{name}" for name in groups),
            ]
        )

    @property
    def grouping(self) -> Grouping:
        """The apps and declared services."""
        return Grouping(self.graph.applications, self.services)

    def after(self, moves: Sequence[str]) -> Drawn:
        """What follows from moves such as ``table:orders_order>sales``."""
        declared = {table: service.name for service in self.services for table in service.tables}
        tables = {table.name: declared.get(table.name, REST) for table in self.graph.facts.tables}
        groups = {name: self.grouping.of_module(name) for name in self.graph.application_modules}
        pins = {name: group.name for name, group in groups.items() if group.service}
        for move in moves:
            node, _, service = move.rpartition(">")
            kind, _, name = node.partition(":")
            if kind == "table":
                tables[name] = service
            elif kind == "module":
                pins[name] = service
            else:
                own = [table for table in tables if self.grouping.of_table(table).name == name]
                tables |= dict.fromkeys(own, service)
                pins |= dict.fromkeys((module for module in groups if groups[module].name == name), service)
        owned = {table: service for table, service in tables.items() if service != SHARED}
        routes = [(route, self.graph.route_tables(route)) for route in self.graph.facts.routes]
        return draw(self.found, routes, owned, pins)


def cuts(graph: SystemGraph, services: Sequence[DeclaredService] = ()) -> Cuts:
    """Gather what crosses once for every way to draw boundaries."""
    return Cuts(graph, evidence(graph), services)


def counts_of(drawn: Drawn) -> Mapping[str, int]:
    """How often each term of the cut vector occurs."""
    found = Counter(item.kind.value for item in drawn.crossings)
    counted = {kind.value: found[kind.value] for kind in CrossingKind}
    return counted | {CYCLES: len(drawn.cycles), HOPS: sum(drawn.hops.values())}
