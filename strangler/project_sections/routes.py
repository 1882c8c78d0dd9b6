"""Reads ``[[routes]]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from strangler.project import Condition, ConditionSource, RouteMatch, RouteRule, Service
from strangler.project_sections.services import report_unknown_service
from strangler.project_sections.traffic import read_traffic
from strangler.toml_section import Section

_METHOD = re.compile(r"[A-Z]+")
_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")
_TABLES = {"headers": ConditionSource.HEADER, "cookies": ConditionSource.COOKIE, "query": ConditionSource.QUERY}


def read_route(section: Section, services: Mapping[str, Service]) -> RouteRule:
    """Read one rule, which must name one of `services`."""
    name = section.required_text("service")
    whole = services[name].traffic if name in services else None
    traffic = read_traffic(section.section("traffic"))
    inherits = whole is not None and "traffic" not in section.values
    rule = RouteRule(_match(section.section("match")), name, whole if whole and inherits else traffic, inherits)
    if rule.service:
        report_unknown_service(section, "service", rule.service, services)
    section.close()
    return rule


def _match(section: Section) -> RouteMatch:
    match = RouteMatch(
        path=section.required_text("path"),
        methods=section.texts("methods"),
        host=section.parsed("host", _host),
        conditions=tuple(
            condition for key, source in _TABLES.items() for condition in _conditions(section.section(key), source)
        ),
    )
    if match.path and not match.path.startswith("/"):
        section.report("path", f"the path {match.path} must begin with /")
    for method in match.methods:
        if not _METHOD.fullmatch(method):
            section.report("methods", f"the method {method} must be upper case", f"write {method.upper()}")
    section.close()
    return match


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError("must be lower case and without port, as in shop.example or *.shop.example")
    return text


def _conditions(section: Section, source: ConditionSource) -> Iterator[Condition]:
    """Read ``{ NAME = "value", OTHER = true }``: a required value, or any value."""
    for name in section.values:
        wanted = section.take(name)
        if wanted is True:
            yield Condition(source, name)
        elif isinstance(wanted, str) and wanted:
            yield Condition(source, name, wanted)
        else:
            section.report(name, f"{name} must be the value it must have, or true for any")
