"""The services of strangler.toml: the progress of each, and the cost of cutting it out of the monolith."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strangler.model.json_value import Json
from strangler.report.document.columns import columns
from strangler.report.document.grouping import DeclaredService, Grouping
from strangler_analyzers.boundaries.crossings import Evidence
from strangler_analyzers.boundaries.cut_vector import cut_vector, draw

REST = "the rest"
"""The name of what stays in the monolith."""


def service_sections(found: Evidence, services: Sequence[DeclaredService], grouping: Grouping) -> Mapping[str, Json]:
    """The declared services, their routes, and the cut along their tables; no cut if no table is declared."""
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
        "cut": _cut(found, declared, grouping) if declared else None,
    }


def _cut(found: Evidence, declared: Mapping[str, str], grouping: Grouping) -> Json:
    graph = found.graph
    groups = {name: grouping.of_module(name) for name in graph.application_modules}
    pins = {name: group.name for name, group in groups.items() if group.service}
    tables = {table.name: declared.get(table.name, REST) for table in graph.facts.tables}
    routes = [(route, graph.route_tables(route)) for route in graph.facts.routes]
    drawn = draw(found, routes, tables, pins)
    terms = cut_vector(found, routes, drawn)
    return columns(("name", "count", "expected"), ([term.name, term.count, term.expected] for term in terms))
