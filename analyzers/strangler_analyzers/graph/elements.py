"""The nodes and edges of a system's facts: one list for every export, documented in docs/graph.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from strangler.model.identifiers import (
    NodeKind,
    class_id,
    entry_id,
    external_id,
    function_id,
    module_id,
    route_id,
    table_id,
)
from strangler.model.location import Location
from strangler.model.system import AccessMode, Call, OutsideUse, SystemFacts, TableAccess
from strangler_analyzers.graph.weights import Attribute, Weights


class EdgeKind(StrEnum):
    """The kind of an edge: how its source depends on its target."""

    CONTAINS = "contains"
    """A module holds a class or function, a class a method."""
    IMPORTS = "imports"
    INHERITS = "inherits"
    CALLS = "calls"
    HANDLED_BY = "handled-by"
    """A route names the class or function that handles it."""
    ENTERS = "enters"
    """A route or entry point makes a function run."""
    READS = "reads"
    WRITES = "writes"
    MAPS = "maps"
    """A class is the model of a table."""
    REFERENCES = "references"
    """A table has a foreign key to another."""
    USES = "uses"
    """A function uses something outside."""
    OBSERVED = "observed"
    """A function called another in a recorded run, but the source does not show the call."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its id (`strangler.model.identifiers`), kind and further attributes."""

    id: str
    kind: NodeKind
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class Edge:
    """One dependency between two node ids; several edges may connect the same pair."""

    source: str
    target: str
    kind: EdgeKind
    location: Location | None
    attributes: Mapping[str, Attribute]


def nodes(facts: SystemFacts) -> Iterator[Node]:
    """Every node of the graph, kind by kind, each kind in the order of its facts.

    A module, function or table that only an edge mentions becomes a node without a location.
    """
    yield from _code_nodes(facts)
    yield from _data_nodes(facts)
    yield from _edge_of_the_system_nodes(facts)


def edges(facts: SystemFacts) -> Iterator[Edge]:
    """Every edge of the graph, kind by kind."""
    code, weights = CodeIds(facts), Weights(facts)
    yield from _containment(facts, code)
    for item in facts.imports:
        yield Edge(
            module_id(item.importer),
            module_id(item.imported),
            EdgeKind.IMPORTS,
            item.location,
            {"deferred": item.deferred, "typing_only": item.typing_only},
        )
    for cls in facts.classes:
        for base in cls.bases:
            if base in code.classes:
                yield Edge(class_id(cls.name), class_id(base), EdgeKind.INHERITS, cls.location, {})
    for call, context in all_calls(facts):
        yield Edge(
            code.of(call.caller),
            code.of(call.callee),
            EdgeKind.CALLS,
            call.location,
            {
                "call_kind": call.kind.value,
                "confidence": call.confidence.value,
                **_statement_attributes(call),
                "context": context,
                **weights.of_call(call),
            },
        )
    yield from _observed_edges(facts, code)
    yield from _route_edges(facts, code)
    yield from _table_edges(facts, code)
    for use in facts.outside:
        yield Edge(
            code.of(use.function),
            external_id(use.kind.value, use.name),
            EdgeKind.USES,
            use.location,
            {"operation": use.operation, **_statement_attributes(use)},
        )


class CodeIds:
    """Gives the ids of functions and classes, which facts name in the same form (``module:qualname``)."""

    def __init__(self, facts: SystemFacts) -> None:
        self.classes = frozenset(cls.name for cls in facts.classes)
        self.functions = frozenset(function.name for function in facts.functions)

    def of(self, name: str) -> str:
        """The id of a class or function; an undefined name counts as a function."""
        if name in self.classes and name not in self.functions:
            return class_id(name)
        return function_id(name)

    def container_of(self, name: str) -> str:
        """The id of the direct container of a class or function: a class, a function or the module."""
        module, _, qualname = name.partition(":")
        while "." in qualname:
            qualname = qualname.rpartition(".")[0]
            outer = f"{module}:{qualname}"
            if outer in self.classes or outer in self.functions:
                return self.of(outer)
        return module_id(module)


def mentioned_functions(facts: SystemFacts) -> Iterator[str]:
    """The name of every function that calls or is called, uses or is used, with repetitions."""
    for calls, accesses, outside in _statements(facts):
        for call in calls:
            yield call.caller
            yield call.callee
        for access in accesses:
            yield access.function
        for use in outside:
            yield use.function
    for route in facts.routes:
        yield route.handler
        yield from route.entry
    for entry in facts.entry_points:
        yield entry.function
    for table in facts.tables:
        if table.model is not None:
            yield table.model


def _statements(
    facts: SystemFacts,
) -> Iterator[tuple[tuple[Call, ...], tuple[TableAccess, ...], tuple[OutsideUse, ...]]]:
    """The calls, accesses and outside uses of functions, then those of their variants."""
    yield facts.calls, facts.accesses, facts.outside
    for variant in facts.variants:
        yield variant.calls, variant.accesses, variant.outside


def all_calls(facts: SystemFacts) -> Iterator[tuple[Call, str]]:
    """Every call of a function; a call that only its variants make comes with the variant's class, each once."""
    yield from ((call, "") for call in facts.calls)
    known = {_place_and_target(call) for call in facts.calls}
    for variant in facts.variants:
        for call in variant.calls:
            if (key := _place_and_target(call)) not in known:
                known.add(key)
                yield call, variant.context


def _place_and_target(call: Call) -> tuple[object, ...]:
    return call.caller, call.callee, call.location, call.column, call.kind


def all_accesses(facts: SystemFacts) -> Iterator[tuple[TableAccess, str]]:
    """Every access of a function; an access that only its variants make comes with the variant's class."""
    yield from ((access, "") for access in facts.accesses)
    known = set(facts.accesses)
    for variant in facts.variants:
        for access in variant.accesses:
            if access not in known:
                yield access, variant.context


def _mentioned_modules(facts: SystemFacts) -> set[str]:
    modules = {name for item in facts.imports for name in (item.importer, item.imported)}
    modules.update(cls.name.partition(":")[0] for cls in facts.classes)
    modules.update(function.name.partition(":")[0] for function in facts.functions)
    return modules


def _code_nodes(facts: SystemFacts) -> Iterator[Node]:
    for module in facts.modules:
        yield Node(
            module_id(module.name),
            NodeKind.MODULE,
            {"file": module.file, "lines": module.lines, "role": module.role.value},
        )
    for name in sorted(_mentioned_modules(facts) - {module.name for module in facts.modules}):
        yield Node(module_id(name), NodeKind.MODULE, {})
    for cls in facts.classes:
        yield Node(
            class_id(cls.name),
            NodeKind.CLASS,
            {**_place(cls.location), "bases": ", ".join(cls.bases)},
        )
    for function in facts.functions:
        yield Node(
            function_id(function.name),
            NodeKind.FUNCTION,
            {
                **_place(function.location),
                "end_line": function.end_line,
                "is_async": function.is_async,
            },
        )
    code = CodeIds(facts)
    for name in sorted(set(mentioned_functions(facts)) - code.functions - code.classes):
        yield Node(function_id(name), NodeKind.FUNCTION, {})


def _data_nodes(facts: SystemFacts) -> Iterator[Node]:
    traffic = Weights(facts)
    for table in facts.tables:
        yield Node(
            table_id(table.name),
            NodeKind.TABLE,
            {
                **_place(table.location),
                "origin": table.origin.value,
                "model": table.model or "",
                "columns": ", ".join(column.name for column in table.columns),
                **traffic.of_table(table.name),
            },
        )
    mentioned = {access.table for _, accesses, _ in _statements(facts) for access in accesses}
    mentioned |= {key.target_table for table in facts.tables for key in table.foreign_keys}
    for name in sorted(mentioned - {table.name for table in facts.tables}):
        yield Node(table_id(name), NodeKind.TABLE, {})


def _edge_of_the_system_nodes(facts: SystemFacts) -> Iterator[Node]:
    traffic = Weights(facts)
    known: set[str] = set()
    for route in facts.routes:
        identifier = route_id(route.method, route.path)
        if identifier not in known:
            known.add(identifier)
            yield Node(
                identifier,
                NodeKind.ROUTE,
                {
                    **_place(route.location),
                    "method": route.method,
                    "path": route.path,
                    "handler": route.handler,
                    "framework": route.framework,
                    "route_name": route.name,
                    **traffic.of_route(route),
                },
            )
    for entry in facts.entry_points:
        identifier = entry_id(entry.kind.value, entry.name)
        if identifier not in known:
            known.add(identifier)
            yield Node(
                identifier,
                NodeKind.ENTRY,
                {**_place(entry.location), "entry_kind": entry.kind.value},
            )
    for kind, name in sorted({(use.kind.value, use.name) for _, _, uses in _statements(facts) for use in uses}):
        yield Node(external_id(kind, name), NodeKind.EXTERNAL, {"external_kind": kind})


def _containment(facts: SystemFacts, code: CodeIds) -> Iterator[Edge]:
    definitions: Iterable[tuple[str, str, Location]] = (
        *((cls.name, class_id(cls.name), cls.location) for cls in facts.classes),
        *((item.name, function_id(item.name), item.location) for item in facts.functions),
    )
    for name, identifier, location in definitions:
        yield Edge(code.container_of(name), identifier, EdgeKind.CONTAINS, location, {})


def _route_edges(facts: SystemFacts, code: CodeIds) -> Iterator[Edge]:
    traffic = Weights(facts)
    for route in facts.routes:
        source = route_id(route.method, route.path)
        yield Edge(source, code.of(route.handler), EdgeKind.HANDLED_BY, route.location, {})
        first_helper = len(route.entry) - route.helpers
        for position, function in enumerate(route.entry):
            yield Edge(
                source,
                code.of(function),
                EdgeKind.ENTERS,
                route.location,
                {
                    "position": position,
                    "middleware": position < route.first_own,
                    "helper": position >= first_helper,
                    **traffic.of_entry(route),
                },
            )
    for entry in facts.entry_points:
        yield Edge(
            entry_id(entry.kind.value, entry.name),
            code.of(entry.function),
            EdgeKind.ENTERS,
            entry.location,
            {"position": 0, "middleware": False, "helper": False},
        )


def _observed_edges(facts: SystemFacts, code: CodeIds) -> Iterator[Edge]:
    """Calls that a recorded run showed but the source did not."""
    run = facts.observed
    if run is None:
        return
    static = {(call.caller, call.callee) for call, _ in all_calls(facts)}
    adjacent = set(run.calls)
    for caller, callee in sorted({*run.calls, *run.library_calls} - static):
        attributes = {"through_library": (caller, callee) not in adjacent}
        yield Edge(code.of(caller), code.of(callee), EdgeKind.OBSERVED, None, attributes)


def _table_edges(facts: SystemFacts, code: CodeIds) -> Iterator[Edge]:
    weights = Weights(facts)
    for access, context in all_accesses(facts):
        yield Edge(
            code.of(access.function),
            table_id(access.table),
            EdgeKind.READS if access.mode is AccessMode.READ else EdgeKind.WRITES,
            access.location,
            {
                "operation": access.operation,
                "confidence": access.confidence.value,
                **_statement_attributes(access),
                "context": context,
                **weights.of_access(access),
            },
        )
    for table in facts.tables:
        if table.model is not None:
            yield Edge(code.of(table.model), table_id(table.name), EdgeKind.MAPS, table.location, {})
        for key in table.foreign_keys:
            yield Edge(
                table_id(table.name),
                table_id(key.target_table),
                EdgeKind.REFERENCES,
                key.location,
                {
                    "from_column": key.column,
                    "to_column": key.target_column,
                    "on_delete": key.on_delete,
                },
            )


def _statement_attributes(statement: Call | TableAccess | OutsideUse) -> dict[str, Attribute]:
    return {
        "column": statement.column,
        "transaction": "" if statement.transaction is None else str(statement.transaction),
        "in_loop": statement.in_loop,
    }


def _place(location: Location | None) -> dict[str, Attribute]:
    return {} if location is None else {"file": location.file, "line": location.line}
