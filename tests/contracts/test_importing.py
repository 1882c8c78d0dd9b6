"""A draft of a document from one of OpenAPI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.contracts.document import ParameterPlace
from strangler.contracts.export.openapi import openapi
from strangler.contracts.importing.openapi_draft import ImportedDraft, openapi_draft
from strangler.contracts.importing.openapi_source import OpenApi
from strangler.contracts.library import Library
from strangler.contracts.type_reference import NamedType
from strangler.model.errors import InputError
from tests.contracts.documents import REVIEWS, everything, library_of, reviews_library
from tests.contracts.random_models import FIELDS, Fields, document

FAST = (Path(__file__).parent / "fastapi_shop.json").read_text(encoding="utf-8")
"""As FastAPI and Pydantic write it."""


def imported(content: object, service: str = "shop") -> tuple[ImportedDraft, Library]:
    """The draft of a document of OpenAPI, and the library it is read as."""
    data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
    draft = openapi_draft(service, None, OpenApi.read(data, "openapi.json"), everything)
    return draft, library_of({service: draft.text}, service)


def test_what_fastapi_says_is_taken_over() -> None:
    """Types, bounds, defaults and null, enums, unions; what a document has no word for is to be decided."""
    draft, library = imported(FAST)
    shop = library.document("shop")
    fields = {
        f"{model.name}.{item.name}": (
            str(item.type).removeprefix("shop.v1."),
            item.required,
            item.minimum,
            item.maximum,
            item.default,
        )
        for model in shop.models
        for item in model.fields
    }
    assert {name: said for name, said in fields.items() if name.startswith(("item", "card"))} == {
        "item.name": ("string", True, 1, 80, None),
        "item.size": ("enums.size", True, None, None, "m"),
        "item.price": ("json", True, None, None, None),
        "item.count": ("integer", True, 0, 100, 1),
        "item.note": ("string", False, None, None, None),
        "item.tags": ("[string]", True, None, 3, []),
        "item.id": ("uuid", True, None, None, None),
        "item.payment": ("unions.item_payment", True, None, None, None),
        "card.last4": ("string", True, 4, 4, None),
    }  # fmt: skip
    assert [(union.discriminator, [item.value for item in union.members]) for union in shop.unions] == [
        ("kind", ["card", "cash"])
    ]
    assert [item.name for item in shop.operations][1:] == ["GET /items", "POST /items", "GET /items/{item_id}"]
    assert (draft.operations, draft.left_out) == (3, 1)
    (listed,) = (item for item in shop.operations if item.name == "GET /items")
    assert [(item.field.name, item.within, item.field.maximum) for item in listed.parameters] == [
        ("limit", ParameterPlace.QUERY, 100),
        ("X-Token", ParameterPlace.HEADER, None),
    ]
    for said in (
        "// not taken over: TRACE /items, which cannot be said here",
        "// not taken over: who may ask (OAuth2PasswordBearer), which the service decides",
        "decide: it is number or string",
        "decide: null, which is what is left out here",
        "decide: the cookie parameter session is left out, a body of multipart/form-data",
    ):
        assert said in draft.text


def test_what_is_exported_is_imported_again() -> None:
    """All operations, and models with their fields; unions and imported types have other forms there."""
    library = reviews_library()
    before = library.document("reviews")
    draft, after = imported(json.loads(json.dumps(openapi(before, library))), "reviews")
    found = after.document("reviews")
    assert {item.name for item in found.operations} == {item.name for item in before.operations}
    assert draft.left_out == 0
    for name in ("review", "review_form"):
        old, new = (
            library.model(NamedType(f"shop.reviews.v0.models.{name}")),
            after.model(NamedType(f"reviews.v0.models.{name}")),
        )
        assert old is not None
        assert new is not None
        assert [(item.name, item.must_be_sent, item.minimum, item.maximum, item.default) for item in new.fields] == [
            (item.name, item.must_be_sent, item.minimum, item.maximum, item.default) for item in old.fields
        ]


def test_local_times_and_points_in_time_are_told_apart() -> None:
    """By their formats, in both directions."""
    text = REVIEWS.replace('"created_at", type: "date-time-iso8601"', '"created_at", type: "date-time-local"')
    for source, type_ in ((REVIEWS, "date-time-iso8601"), (text, "date-time-local")):
        library = reviews_library(source)
        _, after = imported(json.loads(json.dumps(openapi(library.document("reviews"), library))), "reviews")
        review = after.model(NamedType("reviews.v0.models.review"))
        assert review is not None
        created = review.field("created_at")
        assert created is not None
        assert str(created.type) == type_


@settings(max_examples=25, deadline=None)
@given(FIELDS)
def test_any_model_is_imported_as_it_was_exported(fields: Fields) -> None:
    """Its fields, and which of them must be sent."""
    before = library_of({"a": document(fields)}, "a")
    exported = json.loads(json.dumps(openapi(before.document("a"), before)))
    _, after = imported(exported, "a")
    old, new = before.model(NamedType("a.v0.models.thing")), after.model(NamedType("a.v0.models.thing"))
    if old is not None and old.fields:
        assert new is not None
        assert [item.name for item in new.fields] == [item.name for item in old.fields]


_NAMES = st.sampled_from(["", "id", "json", "a b", "Überall", "x-y", "2fa", "a\nb", "healthcheck", "get", "*/"])


def _reference(name: str) -> object:
    return {"$ref": f"#/components/schemas/{name}"}


def _union(name: str, members: list[str]) -> object:
    return {"discriminator": {"propertyName": name}, "oneOf": [*map(_reference, members)]}


def _several(key: str, members: list[object]) -> object:
    return {key: members}


def _model(properties: dict[str, object], required: list[str]) -> object:
    return {"type": "object", "properties": properties, "required": required}


def _array(items: object) -> object:
    return {"type": "array", "items": items}


def _map(values: object) -> object:
    return {"type": "object", "additionalProperties": values}


def _parameter(name: str, place: str, schema: object) -> object:
    return {"name": name, "in": place, "schema": schema}


_PLAIN: st.SearchStrategy[object] = st.fixed_dictionaries(
    {"type": st.sampled_from(["string", "integer", "number", "boolean", "object", "array", "null", 7])},
    optional={
        "format": st.sampled_from(["uuid", "date", "int32", "decimal", "x"]),
        "enum": st.lists(st.one_of(_NAMES, st.none(), st.integers()), max_size=3),
        "default": st.one_of(
            _NAMES, st.none(), st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
        ),
        "minimum": st.one_of(st.integers(), st.just("x")),
        "maxLength": st.integers(-3, 9),
        "minLength": st.floats(-1, 9),
        "description": _NAMES,
        "nullable": st.booleans(),
    },
)
_ODD: st.SearchStrategy[object] = st.sampled_from([True, None, {}, []])
_UNIONS = st.builds(_union, _NAMES, st.lists(_NAMES, max_size=2))


def _larger(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.one_of(
        st.builds(_array, inner),
        st.builds(_map, inner),
        st.builds(_several, st.sampled_from(["anyOf", "oneOf", "allOf"]), st.lists(inner, max_size=3)),
        st.builds(_model, st.dictionaries(_NAMES, inner, max_size=3), st.lists(_NAMES, max_size=3)),
    )


_SCHEMAS = st.recursive(st.one_of(st.builds(_reference, _NAMES), _PLAIN, _ODD, _UNIONS), _larger, max_leaves=6)
_PLACES = st.sampled_from(["path", "query", "header", "cookie"])


@settings(max_examples=60, deadline=None)
@given(
    schemas=st.dictionaries(_NAMES, _SCHEMAS, max_size=3),
    body=_SCHEMAS,
    parameters=st.lists(st.builds(_parameter, _NAMES, _PLACES, _SCHEMAS), max_size=3),
    path=st.sampled_from(["/a/{id}", "/a/{x-y}/{x.y}", "/a", "no", "/a b", "/_internal_/healthcheck"]),
    status=st.sampled_from(["200", "default", "2XX", "x"]),
)
def test_every_draft_is_a_document(
    schemas: dict[str, object], body: object, parameters: list[object], path: str, status: str
) -> None:
    """Whatever stands in the source, as far as it is JSON: nothing keeps the draft from being read."""
    content = {"content": {"application/json": {"schema": body}}}
    operation = {"parameters": parameters, "requestBody": content, "responses": {status: content}}
    paths = {path: {"get": operation, "post": operation, "parameters": parameters}}
    draft, library = imported({"openapi": "3.0.3", "paths": paths, "components": {"schemas": schemas}})
    assert draft.operations + draft.left_out == 2
    assert sum(1 for _ in library.document("shop").operations) - draft.operations in {0, 1}, "the health check"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"openapi: 3.1.0", "is no JSON"),
        (b'{"swagger": "2.0"}', "is no document of OpenAPI 3"),
        (b"[]", "is no document of OpenAPI 3"),
        (b"\xff", "is no JSON"),
    ],
)
def test_what_is_no_document_of_openapi_is_told(data: bytes, what: str) -> None:
    """With what to do."""
    with pytest.raises(InputError, match=what):
        OpenApi.read(data, "openapi.json")


def test_a_path_stands_below_that_of_its_server() -> None:
    """Where all servers have the same one."""
    paths = {"/a": {"get": {"responses": dict[str, object]()}}}
    for servers, path in (
        ([{"url": "/api/"}], "/api/a"),
        ([{"url": "https://a.example/api"}, {"url": "http://b.example:80/api"}], "/api/a"),
        ([{"url": "https://a.example/{base}"}, {"url": "no"}], "/a"),
        ([{"url": "/a"}, {"url": "/b"}], "/a"),
    ):
        _, library = imported({"openapi": "3.1.0", "servers": servers, "paths": paths})
        assert path in {item.path for item in library.document("shop").operations}
