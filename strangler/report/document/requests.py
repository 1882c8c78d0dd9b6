"""Routes and other entry points: the function that runs first, and the tables that a request finally touches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strangler.model.json_value import Json
from strangler.model.system import Route, variant_name
from strangler.report.document.code import Code
from strangler.report.document.columns import Vocabulary, columns, ragged
from strangler.report.document.structure import Structure
from strangler_analyzers.graph.system_graph import SystemGraph


def request_sections(
    graph: SystemGraph, structure: Structure, code: Code, vocabulary: Vocabulary
) -> Mapping[str, Json]:
    """The columns of routes and entry points; their functions get the first numbers."""
    routes = graph.facts.routes
    running = [[variant_name(*run) for run in graph.running(route)] for route in routes]
    uses = [graph.route_tables(route) for route in routes]
    lists = {
        "reads": [use.reads for use in uses],
        "writes": [use.writes for use in uses],
        "laterReads": [use.later_reads for use in uses],
        "laterWrites": [use.later_writes for use in uses],
    }
    tables = {
        name: ragged(
            [structure.tables.of(table) for table in found if table in structure.tables] for found in of_routes
        )
        for name, of_routes in lists.items()
    }
    strings = vocabulary.strings
    entries = (
        [
            strings.of(entry.kind.value),
            entry.name,
            code.functions.of(entry.function),
            *vocabulary.place(entry.location),
        ]
        for entry in graph.facts.entry_points
    )
    return {
        "routes": {
            **columns(
                ("method", "path", "handler", "file", "line", "firstOwn", "helpers"),
                (_route(route, vocabulary) for route in routes),
            ),
            "functions": ragged([[code.functions.of(name) for name in names] for names in running]),
            **tables,
        },
        "entries": columns(("kind", "name", "function", "file", "line"), entries),
    }


def _route(route: Route, vocabulary: Vocabulary) -> Sequence[Json]:
    place = vocabulary.place(route.location)
    return [vocabulary.strings.of(route.method), route.path, route.handler, *place, route.first_own, route.helpers]
