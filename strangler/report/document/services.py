"""The services of strangler.toml: how far each is, and what it would cost to cut it out of the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strangler.model.json_value import Json
from strangler.report.document.columns import Vocabulary, columns
from strangler.report.document.grouping import DeclaredService, Grouping
from strangler_analyzers.boundaries.crossings import Crossing, evidence
from strangler_analyzers.boundaries.cut_vector import cut_vector, draw
from strangler_analyzers.graph.system_graph import SystemGraph

REST = "the rest"
"""What stays in the monolith."""


def service_sections(
    graph: SystemGraph, services: Sequence[DeclaredService], grouping: Grouping, vocabulary: Vocabulary
) -> Mapping[str, Json]:
    """The declared services, their routes, and the cut along their tables; no cut where no table is declared."""
    names = [service.name for service in services]
    declared = {table: service.name for service in services for table in service.tables}
    return {
        "services": columns(
            ("name", "modules", "tables"),
            ([service.name, list(service.modules), list(service.tables)] for service in services),
        ),
        "rules": columns(
            ("service", "path", "methods", "phase", "share", "shadow"),
            (
                [names.index(service.name), rule.path, list(rule.methods), rule.phase.value, rule.share, rule.shadow]
                for service in services
                for rule in service.rules
            ),
        ),
        "cut": _cut(graph, declared, grouping, vocabulary) if declared else None,
    }


def _cut(graph: SystemGraph, declared: Mapping[str, str], grouping: Grouping, vocabulary: Vocabulary) -> Json:
    groups = {name: grouping.of_module(name) for name in graph.application_modules}
    pins = {name: group.name for name, group in groups.items() if group.service}
    tables = {table.name: declared.get(table.name, REST) for table in graph.facts.tables}
    routes = [(route, graph.route_tables(route)) for route in graph.facts.routes]
    found = evidence(graph)
    drawn = draw(found, routes, tables, pins)
    terms = cut_vector(found, routes, drawn)
    return {
        "terms": columns(("name", "count", "expected"), ([term.name, term.count, term.expected] for term in terms)),
        "crossings": columns(
            ("kind", "source", "targets", "subject", "function", "file", "line", "tables", "remedy"),
            (_crossing(item, vocabulary) for item in drawn.crossings),
        ),
        "hops": columns(("route", "count"), ([route, count] for route, count in drawn.hops.items())),
    }


def _crossing(item: Crossing, vocabulary: Vocabulary) -> Sequence[Json]:
    strings = vocabulary.strings
    return [
        strings.of(item.kind.value),
        strings.of(item.source),
        list(item.targets),
        item.subject,
        strings.of(item.function),
        *vocabulary.place(item.location),
        list(item.tables),
        item.remedy,
    ]
