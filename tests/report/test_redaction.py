"""A report without names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.identifiers import NodeKind
from strangler.model.system import EntryKind, ExternalKind, SystemFacts
from strangler.model.tables import TableOrigin
from strangler.report.document.document import report_document
from strangler.report.document.grouping import UNCLAIMED, DeclaredService
from strangler.report.document.services import REST
from strangler.report.redaction import PUBLIC_WORDS, ROOT, Substitutes, redacted, redacted_services
from strangler_analyzers.boundaries.crossings import CrossingKind
from strangler_analyzers.boundaries.cut_vector import CYCLES, HOPS
from strangler_analyzers.graph.summary import Summary, summarise
from strangler_analyzers.graph.system_graph import SystemGraph
from tests.analyzers.shop_facts import shop_facts
from tests.sample_monolith import sample_facts

SERVICE = DeclaredService("payments", ("shop.payments",), ("payments_payment",))
WORD = re.compile(r"[^\W_]+")


def without_names(facts: SystemFacts) -> tuple[str, Summary]:
    """The report's document as text, and the summary, of facts with every name replaced."""
    substitutes = Substitutes()
    graph = SystemGraph(redacted(facts, substitutes))
    services = redacted_services([SERVICE], substitutes)
    summary = summarise(graph)
    return msgspec.json.encode(report_document(graph, summary, services)).decode(), summary


def names_of(facts: SystemFacts) -> set[str]:
    """The words of a system's own names."""
    texts = [facts.root, *(table.name for table in facts.tables), *(route.path for route in facts.routes)]
    texts += [function.name for function in facts.functions]
    texts += [module.file for module in facts.modules]
    texts += [column.name for table in facts.tables for column in table.columns]
    texts += [use.name for use in facts.outside]
    return {word for text in texts for word in WORD.findall(text)}


def texts(value: object, key: str = "") -> Iterator[str]:
    """Every text of a document but what the report itself is written with: its own sentences and words for kinds."""
    if isinstance(value, dict):
        for name, inner in msgspec.convert(value, dict[str, object]).items():
            yield from texts(inner, name)
    elif isinstance(value, list):
        for inner in msgspec.convert(value, list[object]):
            yield from texts(inner, key)
    elif isinstance(value, str) and key not in {
        "text",
        "schema",
        "callKinds",
        "confidences",
        "edgeKinds",
        "reason",
        "remedy",
    }:
        yield value


def test_no_name_of_the_sample_is_left() -> None:
    """In no column; the sentences are made from the same facts."""
    kinds = {kind.value for enum in (ExternalKind, EntryKind, NodeKind, TableOrigin) for kind in enum}
    text, _ = without_names(sample_facts())
    left = {word for found in texts(msgspec.json.decode(text)) for word in WORD.findall(found)}
    names = {name for name in names_of(sample_facts()) - PUBLIC_WORDS - kinds if not name.isdigit()}
    assert len(names) > 500
    terms = WORD.findall(f"{CYCLES} {HOPS} {' '.join(CrossingKind)}")
    own = {
        *WORD.findall(f"{ROOT} {UNCLAIMED} {REST}"),
        *terms,
        *(word for word in left if re.fullmatch(r"n[0-9]+", word)),
    }
    assert left & names - own == set()


def test_every_number_stays() -> None:
    """The structure is that of the true report."""
    true, (_, shown) = summarise(SystemGraph(shop_facts())), without_names(shop_facts())
    assert (shown.size, shown.ledger, shown.tables, shown.routes) == (true.size, true.ledger, true.tables, true.routes)
    assert [len(cycle.modules) for cycle in shown.cycles] == [len(cycle.modules) for cycle in true.cycles]
    assert len(shown.shared_tables) == len(true.shared_tables)


def test_what_was_said_of_skipped_files_goes() -> None:
    """A reason may quote the source."""
    facts = shop_facts()
    quoted = replace(facts.skipped[0], reason="secret_thing is not known")
    text, _ = without_names(replace(facts, skipped=(quoted,)))
    assert "secret" not in text


@given(st.lists(st.text(min_size=1)), st.text())
def test_a_name_is_replaced_everywhere_alike(names: list[str], name: str) -> None:
    """Equal names have equal substitutes, and others have others, wherever words are not only signs."""
    substitutes = Substitutes()
    first = substitutes.of(name)
    replaced = [substitutes.of(other) for other in names]
    assert substitutes.of(name) == first
    for other, substitute in zip(names, replaced, strict=True):
        fresh = {word for word in WORD.findall(f"{name} {other}") if re.fullmatch(r"n[0-9]+", word)}
        if other != name and not fresh:
            assert substitute != first
