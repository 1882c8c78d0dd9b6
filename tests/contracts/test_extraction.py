"""A first draft of a document."""

from __future__ import annotations

from strangler.contracts.extraction import draft
from strangler.contracts.lint.linter import lint
from strangler.model.design import LINT_TERMS
from strangler.model.location import Location
from strangler.model.system import ANY_METHOD, Column, Route, Table, TableOrigin
from tests.contracts.documents import library_of

_PLACE = Location("shop/views.py", 3)
_TABLE = Table(
    "reviews_review",
    TableOrigin.DJANGO,
    "shop.reviews.models:ProductReview",
    _PLACE,
    (
        Column("id", "BigAutoField", primary_key=True),
        Column("email", "EmailField", nullable=True),
        Column("shape", "geo.PointField"),
    ),
)


def test_a_draft_is_a_document_whose_findings_are_decisions() -> None:
    """Models with types and nullability, events, health check and routes; lint asks for what only people know."""
    routes = [
        Route("/reviews/{slug}/{rest:path}", ANY_METHOD, "v:one", "django", _PLACE),
        Route("/reviews", "POST", "v:new", "django", _PLACE),
    ]
    text = draft("reviews", "reviews.v0", [_TABLE], routes)
    assert "// decide: geo.PointField in the monolith" in text
    library = library_of({"reviews": text}, "reviews")
    document = library.document("reviews")
    model = next(item for item in document.models if item.name == "product_review")
    assert [(item.name, str(item.type), item.required) for item in model.fields] == [
        ("id", "long", True),
        ("email", "string", False),
        ("shape", "string", True),
    ]
    assert [item.name for item in document.operations][1:] == ["POST /reviews", "GET /reviews/{slug}/{rest}"]
    assert {str(item.rule) for item in lint(library, LINT_TERMS)} == {
        "description",
        "personal-data",
        "standard-responses",
    }


def test_a_service_without_tables_and_routes_has_a_draft_too() -> None:
    """With the health check alone."""
    library = library_of({"mail": draft("mail", "mail.v0", [], [])}, "mail")
    assert lint(library, LINT_TERMS) == ()
