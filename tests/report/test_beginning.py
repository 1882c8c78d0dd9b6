"""Where to begin: the order of `strangler suggest --first`, told by the report."""

from __future__ import annotations

from strangler.report.document.beginning import parts
from strangler.report.document.document import report_document
from strangler.report.document.project_facts import ProjectFacts
from strangler.report.redaction import Substitutes, redacted_project
from strangler_analyzers.boundaries.extraction_order import extraction_order
from strangler_analyzers.boundaries.suggestion import study
from strangler_analyzers.graph.summary import summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts


def test_the_report_ranks_as_suggest_does() -> None:
    """Name by name and table by table; a system that was not weighed has no order, which is not an empty one."""
    graph = SystemGraph(shop_facts())
    order = extraction_order(study(graph))
    facts = ProjectFacts(order=parts(order))
    section = report_document(graph, summarise(graph), project=facts)["beginning"]
    assert isinstance(section, dict)
    assert section["name"] == [item.name for item in order]
    number = {name: position for position, name in enumerate(graph.table_names)}
    assert section["tables"] == [[number[table] for table in item.tables] for item in order]
    assert section["crossings"] == [len(item.crossings) for item in order]
    assert report_document(graph, summarise(graph))["beginning"] is None


def test_an_order_without_names_keeps_its_reasons() -> None:
    """What is vital is so by its kind; nothing in it is named."""
    order = parts(extraction_order(study(SystemGraph(shop_facts()))))
    shown = redacted_project(ProjectFacts(order=order), Substitutes()).order
    assert shown is not None
    assert [part.vital for part in shown] == [part.vital for part in order]
    assert {part.name for part in shown}.isdisjoint(part.name for part in order)
