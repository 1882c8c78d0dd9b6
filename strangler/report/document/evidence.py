"""What may cross a boundary, in numbers: with it the page draws any boundaries, as strangler_analyzers.boundaries does.

It holds only what two services could differ over, and each fact once; the page finds the locations among the
statements of the function.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from strangler.model.json_value import Json
from strangler.model.location import Location
from strangler.model.system import AccessMode
from strangler.report.document.columns import Numbering, Vocabulary, columns, ragged
from strangler.report.document.structure import Structure
from strangler_analyzers.boundaries.crossings import Evidence, runs_for_a_request
from strangler_analyzers.boundaries.ownership import importers_of
from strangler_analyzers.graph.system_graph import SystemGraph


def evidence_section(found: Evidence, structure: Structure, functions: Numbering, vocabulary: Vocabulary) -> Json:
    """The columns; functions that are named here get a number.

    `modules` are the names of modules outside the application that declare tables; their numbers follow those of the
    application's modules.
    """
    graph = found.graph
    modules = Numbering(structure.modules.names())
    for table in graph.facts.tables:
        if table.model is not None:
            modules.of(_module(table.model))
    return {
        "modules": modules.names()[len(structure.modules) :],
        "tables": _tables(graph, structure.tables, modules),
        "uses": _uses(found, structure.tables, functions),
        "joins": _joins(found, structure.tables, functions),
        "transactions": {
            **columns(
                ("function", "file", "line"),
                ([functions.of(span.function), *vocabulary.place(span.begin)] for span in found.spans),
            ),
            "tables": ragged(
                [structure.tables.of(table) for table in span.writes if table in structure.tables]
                for span in found.spans
            ),
        },
        "imports": _imports(graph, modules),
        "calls": _calls(found, modules, functions),
        "handlers": _handlers(graph, modules, functions),
    }


def _module(function: str) -> str:
    return function.partition(":")[0]


def _tables(graph: SystemGraph, tables: Numbering, modules: Numbering) -> Json:
    """Every table that a service could own: the module of its model, and those of its model's base classes.

    `known` is 1 if the class of the model was found. Base classes outside of these modules cannot belong to a service.
    """
    rows: list[Sequence[Json]] = []
    bases: list[list[int]] = []
    for table in graph.facts.tables:
        found = None if table.model is None else graph.classes.get(table.model)
        module = -1 if table.model is None else modules.of(_module(table.model))
        rows.append([tables.of(table.name), module, int(found is not None)])
        names = {_module(base) for base in found.bases} if found is not None else set[str]()
        bases.append(sorted(modules.of(name) for name in names if name in modules))
    return {**columns(("table", "module", "known"), rows), "bases": ragged(bases)}


def _uses(found: Evidence, tables: Numbering, functions: Numbering) -> Json:
    """How often a function reads (`mode` 0) or writes (1) a table."""
    counts = Counter(
        (functions.of(item.function), int(item.mode is AccessMode.WRITE), tables.of(item.table))
        for item in found.accesses
        if item.table in found.graph.tables
    )
    return columns(("function", "mode", "table", "count"), ([*key, count] for key, count in sorted(counts.items())))


def _joins(found: Evidence, tables: Numbering, functions: Numbering) -> Json:
    """Statements that touch several tables."""
    statements: defaultdict[tuple[str, Location, int], set[str]] = defaultdict(set)
    for access in found.accesses:
        if access.table in found.graph.tables:
            statements[access.function, access.location, access.column].add(access.table)
    joins = [(functions.of(key[0]), names) for key, names in statements.items() if len(names) > 1]
    return {
        "function": [function for function, _ in joins],
        "tables": ragged(sorted(tables.of(name) for name in names) for _, names in joins),
    }


def _imports(graph: SystemGraph, modules: Numbering) -> Json:
    pairs = (
        (modules.of(importer), modules.of(imported))
        for imported, importers in importers_of(graph.facts).items()
        if imported in modules
        for importer in importers
        if importer in modules
    )
    return columns(("importer", "imported"), sorted(pairs))


def _calls(found: Evidence, modules: Numbering, functions: Numbering) -> Json:
    """The calls between functions; `effect` is 1 if the callee touches tables or something outside.

    Functions of one module belong to one service if neither of them touches a table.
    """
    touching = {item.function for item in found.accesses}
    graph = found.graph
    pairs = {
        (functions.of(call.caller), functions.of(call.callee)): int(graph.has_effect(call.callee))
        for call in graph.facts.calls
        if runs_for_a_request(call)
        and (_module(call.caller) != _module(call.callee) or not touching.isdisjoint((call.caller, call.callee)))
        and _module(call.caller) in modules
        and _module(call.callee) in modules
    }
    return columns(("caller", "callee", "effect"), ([*pair, effect] for pair, effect in sorted(pairs.items())))


def _handlers(graph: SystemGraph, modules: Numbering, functions: Numbering) -> Mapping[str, Json]:
    """The function that answers each route, -1 if unknown, and its module."""
    return columns(("function", "module"), _handler_rows(graph, modules, functions))


def _handler_rows(graph: SystemGraph, modules: Numbering, functions: Numbering) -> Iterable[Sequence[Json]]:
    for route in graph.facts.routes:
        module = _module(route.handler)
        function = functions.of(route.handler) if route.handler in functions else -1
        yield [function, modules.of(module) if module in modules else -1]
