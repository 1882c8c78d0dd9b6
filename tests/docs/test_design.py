"""What the page about design documents says is so."""

from __future__ import annotations

import re
from pathlib import Path

from strangler.contracts.comparison.change import CHANGE_RULES
from strangler.contracts.lint.finding import REASONS
from strangler.contracts.lint.linter import lint
from strangler.model.design import LINT_TERMS
from strangler.project_reader import parse_project
from tests.contracts.documents import library_of, reviews_library

PAGE = (Path(__file__).parents[2] / "docs" / "design.md").read_text(encoding="utf-8")
DOCUMENTS: list[str] = re.findall(r"^```json5\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def test_the_document_of_the_page_keeps_every_rule() -> None:
    """With the types of the common document it imports."""
    assert lint(reviews_library(DOCUMENTS[0]), LINT_TERMS) == ()


def test_the_page_shows_what_a_service_uses() -> None:
    """As it is read: one operation says what it calls, another that it calls nothing."""
    document = library_of({"orders": DOCUMENTS[1]}, "orders").document("orders")
    assert [item.name for item in (*document.calls, *document.follows)] == [
        "GET /products/{id}",
        "GET /prices/{id}",
        "product_event",
    ]
    writing, reading = document.operations
    assert writing.calls is not None
    assert ([item.name for item in writing.calls], writing.p99) == (["GET /products/{id}", "GET /prices/{id}"], 200)
    assert (reading.calls, reading.p99) == ((), None)


def test_every_rule_stands_on_the_page() -> None:
    """With its reason, in order: of lint, and then of diff."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE, re.MULTILINE)
    wanted = [(str(rule), reason) for rule, reason in (*REASONS.items(), *CHANGE_RULES.items())]
    assert [row for row in rows if row[0] in {*REASONS, *CHANGE_RULES}] == wanted


def test_the_settings_of_the_page_are_understood() -> None:
    """Each of them."""
    (text,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    terms = parse_project(text).lint
    assert (len(terms.disabled), terms.fields["number"], terms.annotations) == (1, "long", ("internal",))
