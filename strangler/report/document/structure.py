"""Groups, modules and tables: their dependencies on each other, and their places on the map."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from strangler.model.json_value import Json
from strangler.model.location import Location
from strangler.model.system import AccessMode
from strangler.report.document.columns import Numbering, Vocabulary, columns
from strangler.report.document.grouping import Group, Grouping
from strangler.report.document.layout import Area, BoxKind, placed
from strangler_analyzers.graph.overview import OverviewEdgeKind
from strangler_analyzers.graph.system_graph import SystemGraph

EDGE_KINDS = tuple(OverviewEdgeKind)
LEAST_LINES = 40
TABLE_SHARE = 0.2
"""The share of the map that tables take: they are few, but services are cut along them."""
LEAST_GROUP = 0.006


@dataclass(slots=True)
class _Dependency:
    count: int = 0
    places: list[Location] = field(default_factory=list[Location])


class Structure:
    """The numbered modules and tables of a system, and the groups that contain them."""

    def __init__(self, graph: SystemGraph, grouping: Grouping, vocabulary: Vocabulary) -> None:
        self._graph = graph
        self._vocabulary = vocabulary
        self.modules = Numbering(sorted(graph.application_modules))
        self.tables = Numbering(graph.table_names)
        self._module_groups = [grouping.of_module(name) for name in self.modules.names()]
        self._table_groups = [grouping.of_table(name) for name in self.tables.names()]
        self._groups: Sequence[Group] = sorted({*self._module_groups, *self._table_groups})
        self._number: Mapping[Group, int] = {group: number for number, group in enumerate(self._groups)}

    def sections(self) -> Mapping[str, Json]:
        """The structural sections of the document."""
        return {
            "groups": columns(("name", "service"), ([group.name, int(group.service)] for group in self._groups)),
            "modules": self._module_columns(),
            "tables": self._table_columns(),
            "columns": self._column_columns(),
            "keys": self._key_columns(),
            "edgeKinds": [kind.value for kind in EDGE_KINDS],
            "edges": self._edge_columns(),
            "boxes": self._box_columns(),
        }

    def _module_columns(self) -> Json:
        coupling = {row.module: row for row in self._graph.coupling}
        names = ("name", "group", "app", "file", "lines", "usedBy", "uses")
        rows: list[Sequence[Json]] = []
        for name, group in zip(self.modules.names(), self._module_groups, strict=True):
            module, row = self._graph.modules[name], coupling[name]
            app = self._vocabulary.strings.of(self._graph.applications.of(name))
            file = self._vocabulary.files.of(module.file)
            rows.append([name, self._number[group], app, file, module.lines, row.afferent, row.efferent])
        return columns(names, rows)

    def _table_columns(self) -> Json:
        strings = self._vocabulary.strings
        rows: list[Sequence[Json]] = []
        for name, group in zip(self.tables.names(), self._table_groups, strict=True):
            table = self._graph.tables.get(name)
            place = self._vocabulary.place(None if table is None else table.location)
            origin = "" if table is None else table.origin.value
            model = "" if table is None else table.model or ""
            app = strings.of(self._graph.applications.of_table(name) or "")
            rows.append([name, self._number[group], app, strings.of(origin), model, *place])
        return columns(("name", "group", "app", "origin", "model", "file", "line"), rows)

    def _column_columns(self) -> Json:
        strings = self._vocabulary.strings
        rows = (
            [number, strings.of(column.name), strings.of(column.type), int(column.primary_key), int(column.nullable)]
            for number, name in enumerate(self.tables.names())
            if (table := self._graph.tables.get(name)) is not None
            for column in table.columns
        )
        return columns(("table", "name", "type", "primary", "nullable"), rows)

    def _key_columns(self) -> Json:
        strings = self._vocabulary.strings
        rows = (
            [number, strings.of(key.column), self.tables.of(key.target_table), *self._vocabulary.place(key.location)]
            for number, name in enumerate(self.tables.names())
            if (table := self._graph.tables.get(name)) is not None
            for key in table.foreign_keys
        )
        return columns(("table", "column", "target", "file", "line"), rows)

    def _edge_columns(self) -> Json:
        """Tables are numbered after the modules; file and line are those of an edge's first occurrence."""
        found: defaultdict[tuple[int, int, int], _Dependency] = defaultdict(_Dependency)
        for source, target, kind, location in self._dependencies():
            edge = found[source, target, EDGE_KINDS.index(kind)]
            edge.count += 1
            edge.places.append(location)
        rows = ([*key, edge.count, *self._vocabulary.place(min(edge.places))] for key, edge in sorted(found.items()))
        return columns(("source", "target", "kind", "count", "file", "line"), rows)

    def _dependencies(self) -> Iterator[tuple[int, int, OverviewEdgeKind, Location]]:
        facts, modules, first_table = self._graph.facts, self.modules, len(self.modules)
        for item in facts.imports:
            if item.typing_only or item.importer == item.imported:
                continue
            if item.importer in modules and item.imported in modules:
                pair = modules.of(item.importer), modules.of(item.imported)
                yield *pair, OverviewEdgeKind.DEPENDS, item.location
        for call in facts.calls:
            caller, callee = call.caller.partition(":")[0], call.callee.partition(":")[0]
            if caller != callee and caller in modules and callee in modules:
                yield modules.of(caller), modules.of(callee), OverviewEdgeKind.DEPENDS, call.location
        for access in facts.accesses:
            module = access.function.partition(":")[0]
            if module in modules:
                kind = OverviewEdgeKind.READS if access.mode is AccessMode.READ else OverviewEdgeKind.WRITES
                yield modules.of(module), first_table + self.tables.of(access.table), kind, access.location
        for table in facts.tables:
            for key in table.foreign_keys:
                pair = first_table + self.tables.of(table.name), first_table + self.tables.of(key.target_table)
                yield *pair, OverviewEdgeKind.REFERENCES, key.location

    def _box_columns(self) -> Json:
        strings = self._vocabulary.strings
        rows = (
            [
                int(box.area.kind),
                box.area.number,
                strings.of(box.area.name if box.area.kind is BoxKind.PACKAGE else ""),
                *(box.parent, box.x, box.y, box.width, box.height),
            ]
            for box in placed(self._areas())
        )
        return columns(("kind", "number", "name", "parent", "x", "y", "width", "height"), rows)

    def _areas(self) -> list[Area]:
        weight = {name: LEAST_LINES + self._graph.modules[name].lines for name in self.modules.names()}
        lines = sum(weight.values()) or 1
        table_weight = TABLE_SHARE * lines / (len(self.tables) or 1)
        least = LEAST_GROUP * lines
        modules: defaultdict[Group, list[str]] = defaultdict(list)
        stores: Counter[Group] = Counter(self._table_groups)
        for name, group in zip(self.modules.names(), self._module_groups, strict=True):
            modules[group].append(name)
        areas: list[Area] = []
        for number, group in enumerate(self._groups):
            parts = list(self._packages(modules[group], weight))
            if stores[group]:
                tables = tuple(
                    Area(BoxKind.TABLE, table, self.tables.name(table), table_weight)
                    for table, other in enumerate(self._table_groups)
                    if other == group
                )
                parts.append(Area(BoxKind.STORE, number, "tables", table_weight * len(tables), tables))
            whole = max(least, sum(part.weight for part in parts))
            areas.append(Area(BoxKind.GROUP, number, group.name, whole, tuple(parts)))
        return areas

    def _packages(self, modules: Sequence[str], weight: Mapping[str, int], depth: int = 0) -> Iterator[Area]:
        """The modules of a group; those of one package together, if that leaves more than one rectangle."""
        below: defaultdict[str, list[str]] = defaultdict(list)
        for name in modules:
            parts = name.split(".")
            below[".".join(parts[: depth + 1])].append(name)
        if len(below) == 1 and len(modules) > 1 and depth < max(name.count(".") for name in modules):
            yield from self._packages(modules, weight, depth + 1)
            return
        for package, names in below.items():
            if len(names) == 1:
                yield Area(BoxKind.MODULE, self.modules.of(names[0]), names[0], weight[names[0]])
            else:
                parts = tuple(self._packages(names, weight, depth + 1))
                yield Area(BoxKind.PACKAGE, -1, package, sum(part.weight for part in parts), parts)
