"""A first draft of a document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.contracts.draft_names import model_names
from strangler.contracts.extraction import MonolithFacts, draft, usual_namespace
from strangler.contracts.lint.linter import lint
from strangler.contracts.mapped_tables import mapped_tables
from strangler.model.design import LINT_TERMS
from strangler.model.drafted_route import DraftedRoute
from strangler.model.drafted_use import DraftedUse
from strangler.model.location import Location
from strangler.model.tables import Column, ForeignKey, Table, TableOrigin
from strangler.project import Expression, KeyColumn, KeyKind, TableMapping
from tests.contracts.documents import library_of
from tests.contracts.generation.generated_package import generated_package

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
        DraftedRoute("GET", "/reviews/{slug}/{rest:path}", str(_PLACE), {"slug": "uuid"}, "method"),
        DraftedRoute("POST", "/reviews", str(_PLACE)),
        DraftedRoute("GET", "/reviews", str(_PLACE), left_out="it may write\nreviews"),
    ]
    text = draft("reviews", "reviews.v0", [_TABLE], routes)
    assert "// decide: geo.PointField in the monolith" in text
    assert "// decide: GET /reviews is left out, it may write reviews; shop/views.py:3" in text
    assert "{ // shop/views.py:3; decide: method, description, body, what is answered" in text
    assert '[{ name: "slug", type: "uuid" }, { name: "rest", type: "string" }], // decide: type of rest' in text
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


def test_a_draft_is_generated_as_it_is(tmp_path: Path) -> None:
    """Before anything is decided there is a service that starts, and answers 501."""
    routes = [DraftedRoute("GET", "/reviews/{slug}/{rest:path}", str(_PLACE))]
    library = library_of({"reviews": draft("reviews", "reviews.v0", [_TABLE], routes)}, "reviews")
    with generated_package(library, tmp_path) as package:
        assert [item.path for item in package.app.create_app(None).routes] == [
            "/_internal_/healthcheck",
            "/_internal_/readiness",
            "/reviews/{slug}/{rest}",
        ]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (Column("a", "CharField", max_length=3, default='"abc"'), 'type: "string", maximum: 3, default: "abc" }'),
        (Column("a", "CharField", max_length=3, default='"abcd"'), 'type: "string", maximum: 3 }'),
        (Column("a", "CharField", nullable=True, max_length=3, default='"a"'), "required: false, maximum: 3 }"),
        (Column("a", "varchar(20)", default='"\\u00e4\\""'), 'maximum: 20, default: "\u00e4\\"" }'),
        (Column("a", "CharField", default='"\\ud800"'), 'type: "string" }'),
        (Column("a", "TextField", default='"\\u0000"'), 'type: "string" }'),
        (Column("a", "Integer", default='"7"'), 'type: "integer", default: 7 }'),
        (Column("a", "Integer", default="4294967296"), 'type: "integer" }'),
        (Column("a", "SmallIntegerField", default="70000"), 'type: "integer", minimum: -32768, maximum: 32767 }'),
        (Column("a", "int2", default="7"), "minimum: -32768, maximum: 32767, default: 7 }"),
        (Column("a", "PositiveIntegerField", default="-1"), "minimum: 0 }"),
        (Column("a", "PositiveSmallIntegerField", default="40000"), "minimum: 0, maximum: 32767 }"),
        (Column("a", "SmallIntegerField", choices=("1", "...")), "maximum: 32767 }, // one of 1, ... in the monolith"),
        (Column("a", "Enum", choices=('"a\\nb"',)), '// decide: Enum in the monolith; one of "a\\nb" in the monolith'),
        (
            Column("a", "CharField", choices=tuple(map(str, range(13)))),
            "// one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ... in",
        ),
        (Column("a", "Boolean", default='"0"'), 'type: "boolean", default: false }'),
        (Column("a", "Boolean", default='"maybe"'), 'type: "boolean" }'),
        (Column("a", "DecimalField", default="1.5"), 'type: "decimal", default: 1.5 }'),
        (Column("a", "DateField", default='"2026-01-31"'), 'type: "date-iso8601" }'),
        (Column("a", "geo.PointField", max_length=3, default='"x"'), '"string" }, // decide: geo.PointField'),
        (Column("a", "AutoField", primary_key=True, default="1"), 'type: "integer" }'),
    ],
)
def test_what_a_column_takes_is_drafted_where_it_fits(column: Column, said: str) -> None:
    """The document is read as it is drafted, and the default is that of the type."""
    text = draft("reviews", "reviews.v0", [replace(_TABLE, columns=(column,))], [])
    assert said in next(line for line in text.splitlines() if 'name: "a"' in line)
    library_of({"reviews": text}, "reviews")


def test_mysql_keeps_larger_numbers_where_they_are_positive() -> None:
    """A service that refused them would refuse rows that v1 has."""
    table = replace(_TABLE, columns=(Column("a", "PositiveSmallIntegerField", default="40000"),))
    text = draft("reviews", "reviews.v0", [table], [], MonolithFacts(engine="mysql"))
    assert "minimum: 0, maximum: 65535, default: 40000 }" in text


def test_a_service_that_was_drafted_refuses_what_the_monolith_did(tmp_path: Path) -> None:
    """A text of one character more than the column takes."""
    columns = (Column("title", "CharField", max_length=3), Column("count", "IntegerField", default="2"))
    text = draft("reviews", "reviews.v0", [replace(_TABLE, columns=columns)], [])
    with generated_package(library_of({"reviews": text}, "reviews"), tmp_path) as package:
        model = package.models.ProductReview
        assert msgspec.convert({"title": "abc"}, model).count == 2
        with pytest.raises(msgspec.ValidationError, match="length <= 3"):
            msgspec.convert({"title": "abcd"}, model)


def test_a_service_without_tables_and_routes_has_a_draft_too() -> None:
    """With the health check alone."""
    library = library_of({"mail": draft("mail", "mail.v0", [], [])}, "mail")
    assert lint(library, LINT_TERMS) == ()


_NAMES = st.sampled_from(
    ["", "json", "timestamp", "Review", "review", "review_upserted", "healthcheck", "2fa", "no name", "a\nb", "é\u2028"]
)
_PATHS = st.sampled_from(
    [
        "/_internal_/healthcheck",
        "/a/{x}",
        "/a/{y:path}",
        "/{x}/{x}",
        "/{}/{a-b}",
        "/^a?$",
        "/a b",
        "no",
        "/a//",
        "{",
        "/é",
    ]
)
_METHODS = st.sampled_from(["ANY", "GET", "POST", "TRACE"])


@settings(max_examples=30)
@given(
    service=st.sampled_from(["reviews", "Order-Items", "2fa"]),
    names=st.lists(_NAMES, unique=True, max_size=4),
    models=st.lists(st.none() | _NAMES, min_size=4, max_size=4),
    columns=st.lists(_NAMES, max_size=4),
    routes=st.lists(st.tuples(_PATHS, _METHODS, st.sampled_from([0, 9])), max_size=4),
)
def test_every_draft_is_a_document(
    service: str,
    names: list[str],
    models: list[str | None],
    columns: list[str],
    routes: list[tuple[str, str, int]],
) -> None:
    """Whatever tables, columns and routes are called: none is lost, and no name keeps the draft from being read."""
    fields = tuple(Column(name, "x\ny") for name in columns)
    tables = [
        Table(name, TableOrigin.DJANGO, model, _PLACE, fields) for name, model in zip(names, models, strict=False)
    ]
    found = [
        DraftedRoute(method, path, "v\n:x", {"x": "integer"}, doubt=path, left_out=path[:left])
        for path, method, left in routes
    ]
    text = draft(service, usual_namespace(service), tables, found)
    document = library_of({"a": text}, "a").document("a")
    assert len(document.models) == 1 + 3 * len(tables)
    assert len(document.unions) == len(document.events) == len(tables)
    assert [len(model.fields) for model in document.models[1::3]] == [len(columns)] * len(tables)


def test_words_of_a_class_with_capitals_in_a_row_are_those_of_its_table() -> None:
    """The name of a stream is for ever; where the table says nothing, or something else, the class is split."""
    named = {"bom_items": "m:BoMItem", "userprofile": "m:UserProfile", "pages": "m:HTMLPage"}
    tables = [replace(_TABLE, name=name, model=model) for name, model in named.items()]
    assert {table.name: name for name, table in model_names(tables, []).items()} == {
        "bom_items": "bom_item",
        "userprofile": "user_profile",
        "pages": "htmlpage",
    }


def test_two_classes_of_one_name_are_two_models() -> None:
    """The second one is called like its table."""
    other = replace(_TABLE, name="shop_productreview", model="shop.old:ProductReview")
    document = library_of({"a": draft("a", "a.v0", [_TABLE, other], [])}, "a").document("a")
    assert [model.name for model in document.models[1::3]] == ["product_review", "shop_productreview"]


def test_a_reference_has_the_type_of_the_key_it_leads_to() -> None:
    """Through a key that is itself a reference; where the key is not known, its type is to be decided."""
    keys = tuple(
        ForeignKey(f"{name}_id", table, "id", _PLACE) for name, table in (("user", "auth_user"), ("other", "elsewhere"))
    )
    user = Table("auth_user", TableOrigin.FRAMEWORK, None, None, (Column("id", "AutoField", primary_key=True),))
    profile = Table(
        "profile",
        TableOrigin.DJANGO,
        "m:Profile",
        _PLACE,
        (
            Column("user_id", "OneToOneField", primary_key=True),
            Column("other_id", "ForeignKey"),
            Column("seen", "PositiveIntegerField"),
        ),
        keys,
    )
    photo = replace(
        profile,
        name="photo",
        model="m:Photo",
        columns=(Column("profile_id", "ForeignKey"),),
        foreign_keys=(ForeignKey("profile_id", "profile", "user_id", _PLACE),),
    )
    text = draft("a", "a.v0", [profile, photo], [], MonolithFacts([user]))
    assert '{ name: "other_id", type: "long" }, // decide: ForeignKey in the monolith' in text
    document = library_of({"a": text}, "a").document("a")
    found = {field.name: field for model in document.models for field in model.fields}
    assert [str(found[name].type) for name in ("user_id", "profile_id", "seen")] == ["integer"] * 3
    assert found["seen"].minimum == 0


def test_a_table_that_is_mapped_is_drafted_as_its_target() -> None:
    """With the names and types the service's database has; what is computed is to be decided."""
    columns = {
        "id": KeyColumn(KeyKind.UUID),
        "number": KeyColumn(KeyKind.SOURCE),
        "contact": Expression("email"),
        "address": Expression('"email"'),
        "mail": Expression(f'"{_TABLE.name}"."email"::text'),
        "since": Expression("shape::timestamptz"),
        "size": Expression("length(email)"),
    }
    mapping = TableMapping(_TABLE.name, "review", columns)
    other = replace(_TABLE, name="plain")
    mapped = mapped_tables([_TABLE, other], [mapping], {_TABLE.name: _TABLE})
    assert mapped[1] is other
    text = draft("a", "a.v0", mapped[:1], [])
    assert '{ name: "size", type: "string" }, // decide: length(email) in the monolith' in text
    model = library_of({"a": text}, "a").document("a").models[1]
    assert model.name == "review"
    assert [(field.name, str(field.type), field.required) for field in model.fields] == [
        ("id", "uuid", True),
        ("number", "long", True),
        ("contact", "string", False),
        ("address", "string", False),
        ("mail", "string", False),
        ("since", "date-time-iso8601", True),
        ("size", "string", True),
    ]


def test_a_column_of_a_joined_table_has_the_type_it_has_there() -> None:
    """And not that of a column of the table's own that is called alike; a key of it is none of the target."""
    category = replace(
        _TABLE,
        name="category",
        columns=(
            Column("id", "UUIDField", primary_key=True),
            Column("name", "CharField", nullable=True, max_length=30),
        ),
    )
    product = replace(_TABLE, name="product", columns=(Column("id", "AutoField"), Column("name", "IntegerField")))
    columns = {"category": Expression("category.name"), "key": Expression("category.id"), "name": Expression("name")}
    mapping = TableMapping("product", "product", columns, joins={"category": "category.id = product.category_id"})
    (mapped,) = mapped_tables([product], [mapping], {"product": product, "category": category})
    assert mapped.columns == (
        Column("category", "CharField", nullable=True, max_length=30),
        Column("key", "UUIDField"),
        Column("name", "IntegerField"),
    )


def test_a_table_of_a_many_to_many_field_is_called_after_its_owner() -> None:
    """By the class, without what the tables of an application have in front; one that is nobody's keeps its name."""
    task = replace(_TABLE, name="todo_task", model="todo.models:Task")
    names = ("todo_task_assigned_to", "todo_tasks", "todo")
    plain = [replace(_TABLE, name=name, model=None) for name in names]
    assert {table.name: name for name, table in model_names([task, *plain], []).items()} == {
        "todo_task": "task",
        "todo_task_assigned_to": "task_assigned_to",
        "todo_tasks": "todo_tasks",
        "todo": "todo",
    }


def test_what_the_code_uses_of_other_services_is_for_people_to_decide() -> None:
    """A comment with the places: whether it becomes a call or a followed event no code says."""
    uses = [
        DraftedUse("catalog", "calls shop.catalog.prices:price", "shop/reviews/views.py:9"),
        DraftedUse("catalog", "reads catalog_product", "shop/reviews/views.py:4"),
        DraftedUse("order-items", "writes a\ntable", "shop/reviews/jobs.py:2"),
    ]
    text = draft("reviews", "reviews.v0", [_TABLE], [], MonolithFacts(uses=uses))
    assert (
        "  // decide: uses, which are calls or events to follow, of what the code does in the monolith:\n"
        "  //   calls shop.catalog.prices:price of catalog; shop/reviews/views.py:9\n"
        "  //   reads catalog_product of catalog; shop/reviews/views.py:4\n"
        "  //   writes a table of order-items; shop/reviews/jobs.py:2\n"
        "  // uses: {\n"
        '  //   "catalog.v0": { operations: ["GET /path"], events: ["name_event"] },\n'
        '  //   "order_items.v0": { operations: ["GET /path"], events: ["name_event"] },\n'
        "  // },\n"
    ) in text
    begin = text.index("  // uses: {")
    said = text[:begin] + text[begin:].replace("  // ", "  ", 4)
    assert [str(item) for item in library_of({"reviews": said}, "reviews").document("reviews").follows] == [
        "catalog.v0 name_event",
        "order_items.v0 name_event",
    ]


def test_slashes_that_may_miss_are_one_slash_in_a_draft() -> None:
    """No client asks for a path with an empty segment."""
    text = draft("reviews", "reviews.v0", [_TABLE], [DraftedRoute("GET", "/badges/{badge_id}//", str(_PLACE))])
    assert 'path: "/badges/{badge_id}/"' in text
