"""An overview of the system: modules or apps, tables, and the number of dependencies between them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from strangler.model.identifiers import module_id, table_id
from strangler.model.system import AccessMode, ModuleRole
from strangler_analyzers.graph.coupling import module_dependencies
from strangler_analyzers.graph.system_graph import SystemGraph


class Level(StrEnum):
    """The unit of an overview: modules or apps."""

    MODULES = "modules"
    APPS = "apps"


class OverviewEdgeKind(StrEnum):
    """The kind of dependency between two nodes of an overview."""

    DEPENDS = "depends"
    """Imports or calls."""
    READS = "reads"
    WRITES = "writes"
    REFERENCES = "references"


@dataclass(frozen=True, slots=True, order=True)
class OverviewNode:
    """A module, app or table; `id` is a node id (an app is written like a module)."""

    id: str
    name: str
    app: str
    """The app it belongs to; empty for a table without a model."""


@dataclass(frozen=True, slots=True, order=True)
class OverviewEdge:
    """`count` dependencies of one kind between two node ids."""

    source: str
    target: str
    kind: OverviewEdgeKind
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Application code and tables, without tests and migrations; everything is sorted."""

    units: tuple[OverviewNode, ...]
    tables: tuple[OverviewNode, ...]
    edges: tuple[OverviewEdge, ...]


def overview(graph: SystemGraph, level: Level) -> Overview:
    """The overview of a system at the given level."""
    apps = graph.applications
    own = {module.name for module in graph.facts.modules if module.role is ModuleRole.APPLICATION}
    unit = {name: apps.of(name) if level is Level.APPS else name for name in own}
    counts: Counter[tuple[str, str, OverviewEdgeKind]] = Counter()
    for (source, target), count in module_dependencies(graph.facts).items():
        if source in own and target in own and unit[source] != unit[target]:
            counts[module_id(unit[source]), module_id(unit[target]), OverviewEdgeKind.DEPENDS] += count
    for access in graph.facts.accesses:
        module = access.function.partition(":")[0]
        if module in own:
            kind = OverviewEdgeKind.READS if access.mode is AccessMode.READ else OverviewEdgeKind.WRITES
            counts[module_id(unit[module]), table_id(access.table), kind] += 1
    for table in graph.facts.tables:
        for key in table.foreign_keys:
            counts[table_id(table.name), table_id(key.target_table), OverviewEdgeKind.REFERENCES] += 1
    tables = {table.name for table in graph.facts.tables} | {access.table for access in graph.facts.accesses}
    tables |= {key.target_table for table in graph.facts.tables for key in table.foreign_keys}
    return Overview(
        units=tuple(OverviewNode(module_id(name), name, apps.of(name)) for name in sorted(set(unit.values()))),
        tables=tuple(OverviewNode(table_id(name), name, apps.of_table(name) or "") for name in sorted(tables)),
        edges=tuple(sorted(OverviewEdge(*pair, count) for pair, count in counts.items())),
    )
