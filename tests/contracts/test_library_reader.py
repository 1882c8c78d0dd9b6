"""Design documents, read strictly."""

from __future__ import annotations

import pytest

from strangler.contracts.document import Method, ParameterPlace
from strangler.contracts.type_reference import ArrayType, NamedType
from strangler.model.errors import ConfigurationError
from tests.contracts.documents import COMMON, REVIEWS, library_of, reviews_library

HEAD = 'name: "a", namespace: "a.v0", version: "0.1.0"'


def problems_of(text: str, **others: str) -> list[str]:
    """What is wrong with a document."""
    with pytest.raises(ConfigurationError) as caught:
        library_of({"a": text, **others}, "a")
    return str(caught.value).splitlines()


def test_a_document_is_read_with_all_its_types_resolved() -> None:
    """Own types by their short names, imported ones by their full names."""
    document = reviews_library().document("reviews")
    review = document.models[0]
    status = review.field("status")
    assert status is not None
    assert status.type == NamedType("shop.reviews.v0.enums.review_status")
    assert [(item.name, item.must_be_sent) for item in review.fields][1:4] == [
        ("email", False),
        ("stars", True),
        ("status", False),
    ]
    listing, writing, removal = document.resources[1].operations
    assert (listing.name, removal.name) == ("GET /reviews", "DELETE /reviews/{id}")
    assert listing.responses[0].type == ArrayType(NamedType("shop.reviews.v0.models.review"))
    assert (writing.method, writing.responses[1].type) == (
        Method.POST,
        NamedType("shop.common.v0.models.generic_error"),
    )
    assert removal.parameters[0].within is ParameterPlace.PATH
    assert document.events[0].type == NamedType("shop.reviews.v0.unions.review_event")


def test_documents_may_import_each_other() -> None:
    """Names are known before any document is read; a file has one name, however it is imported."""
    text = (
        "{{ name: 'n', namespace: '{}.v0', version: '0.1.0', imports: ['x/../{}.json5'],"
        " models: {{ {}: {{ fields: [{{ name: 'f', type: '{}' }}] }} }} }}"
    )
    one, other = text.format("a", "b", "x", "b.v0.models.y"), text.format("b", "a", "y", "a.v0.models.x")
    library = library_of({"a": one, "b": other}, "a")
    assert sorted(library.declarations) == ["a.v0.models.x", "b.v0.models.y"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{{ {HEAD}, model: {{}} }}", "unknown key model in the file; did you mean models?"),
        ('{ name: "a", version: "0.1.0" }', "the file needs namespace"),
        ('{ name: "a", namespace: "A", version: "0.1.0" }', "the namespace A must be lower-case words with dots,"),
        (f"{{ {HEAD.replace('0.1.0', '1')} }}", "the version 1 must be three numbers, as in 1.4.0"),
        (f"{{ {HEAD}, models: [] }}", "models must be an object, {...}"),
        (f"{{ {HEAD}, models: {{ x: {{}} }} }}", "models.x needs fields"),
        (f"{{ {HEAD}, models: {{ x: {{ fields: {{}} }} }} }}", "fields must be an array of objects, [{...}]"),
        (f"{{ {HEAD}, enums: {{ x: {{ values: [] }} }} }}", "enums.x needs values"),
        (
            f"{{ {HEAD}, unions: {{ x: {{ discriminator: 'd', types: [{{ type: 'string' }}] }} }} }}",
            "string is none of",
        ),
        (f"{{ {HEAD}, resources: {{ x: {{ }} }} }}", "there is no type x; declare it, or import the document"),
        (f"{{ {HEAD}, resources: {{ json: {{ path: 'x' }} }} }}", "the path x must begin with /"),
        (f"{{ {HEAD}, events: {{ string: {{ stream: 's' }} }} }}", "string is none of the unions"),
        ("[]", "the document must be an object, {...}"),
        (f"{{ {HEAD}, imports: ['b.json5'] }}", "a.json5:1:61: imports b.json5, which can not be read: no such file"),
        (f"{{ {HEAD}, imports: ['a.json5', 'a.json5'] }}", "the import a.json5 stands twice"),
        (f"{{ {HEAD}, enums: {{ string: {{ values: ['a'] }} }} }}", "string is a built-in type"),
        (
            f"{{ {HEAD}, headers: [{{ name: 'A', type: 'string' }}, {{ name: 'a', type: 'string' }}] }}",
            "header a stands",
        ),
    ],
)
def test_what_is_wrong_with_a_document_is_told_with_its_place(text: str, problem: str) -> None:
    """Where it stands, what is wrong, what to write instead."""
    assert problem in problems_of(text)[0]
    assert problems_of(text)[0].startswith("a.json5")


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("name: 'a'", "models.x.fields needs type"),
        ("type: 'strng', name: 'a'", "there is no type strng; did you mean string?"),
        ("type: '[x', name: 'a'", "type must be the name of a type, [NAME] or map[NAME]"),
        ("type: 'generic_error', name: 'a'", "did you mean shop.common.v0.models.generic_error?"),
        ("type: 'integer', name: 'a', default: 'x'", "default is no integer"),
        ("type: 'integer', name: 'a', example: 2147483648", "example is no integer"),
        ("type: '[uuid]', name: 'a', default: ['x']", "default is no [uuid]"),
        ("type: 'date-iso8601', name: 'a', default: 'May'", "default is no date-iso8601"),
        ("type: 'long', name: 'a', minimum: 2, maximum: 1", "maximum must not be less than minimum"),
        ("type: 'long', name: 'a', maximum: 10, default: 11", "default is out of the bounds"),
        ("type: '[long]', name: 'a', minimum: 1, example: []", "example is out of the bounds"),
        ("type: 'uuid', name: 'a', maximum: 10", "uuid has no maximum; only numbers, strings and arrays have bounds"),
        ("type: 'string', name: 'a', maximum: 1.5", "the maximum of string is a length, a whole number from 0"),
        ("type: '[long]', name: 'a', minimum: -1", "the minimum of [long] is a count, a whole number from 0"),
        ("type: 'unit', name: 'a'", "unit is nothing: only a response may be of it"),
        ("type: '[unit]', name: 'a'", "[unit] holds unit, which is nothing"),
        ("type: 'x', name: 'a', default: 5", "default is no a.v0.models.x"),
        (f"type: '{'[' * 2000}x{']' * 2000}', name: 'a'", "type must not be of more than 20 arrays and maps in each"),
        ("type: 'uuid', name: 'a', default: '{8f14e45fceea467f9b3c000000000001}'", "default is no uuid"),
        ("type: 'date-iso8601', name: 'a', default: '20261130'", "default is no date-iso8601"),
        ("type: 'date-time-iso8601', name: 'a', default: '2026-11-30'", "default is no date-time-iso8601"),
        ("type: 'date-time-iso8601', name: 'a', default: '2026-11-31T00:00:00Z'", "default is no date-time-iso8601"),
        ("type: 'long', name: 'a b'", "the name a b must be letters, digits, _ and -, a letter first"),
        ("type: 'long', name: 'a', requird: true", "unknown key requird in models.x.fields; did you mean required?"),
    ],
)
def test_what_is_wrong_with_a_field_is_told_with_its_place(field: str, problem: str) -> None:
    """The first line is that of the field."""
    text = f"{{ {HEAD}, imports: ['common.json5'], models: {{ x: {{ fields: [\n{{ {field} }}] }} }} }}"
    found = problems_of(text, common=COMMON)
    assert len(found) == 1
    assert found[0].startswith("a.json5:2:")
    assert problem in found[0]


@pytest.mark.parametrize(
    ("operation", "problem"),
    [
        ("path: '/{id}'", "the path parameter id is not declared"),
        ("parameters: [{ name: 'id', type: 'long', location: 'path' }]", "the path /x has no {id}"),
        ("path: '/{id}', parameters: [{ name: 'id', type: 'long', default: 1 }]", "path parameter id is always there"),
        ("parameters: [{ name: 'a', type: 'long' }, { name: 'a', type: 'long' }]", "the parameter a stands twice"),
        ("responses: { '20': { type: 'long' } }", "20 is no status"),
        ("response: {}", "unknown key response in resources.json.operations; did you mean responses?"),
        ("method: 'GTE'", "method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; did you mean GET?"),
    ],
)
def test_what_is_wrong_with_an_operation_is_told(operation: str, problem: str) -> None:
    """A path and its parameters must be the same."""
    method = "" if "method" in operation else "method: 'GET', "
    text = f"{{ {HEAD}, resources: {{ json: {{ path: '/x', operations: [{{ {method}{operation} }}] }} }} }}"
    assert problem in "\n".join(problems_of(text))


def test_all_problems_of_all_documents_are_told_at_once() -> None:
    """From top to bottom, file by file."""
    with pytest.raises(ConfigurationError) as caught:
        reviews_library(REVIEWS.replace('"shown"', '"shown", "shown"', 1), orders="{ nme: 1 }")
    assert [problem.where for problem in caught.value.problems] == [
        "reviews.json5:4:76",
        "orders.json5:1:1",
        "orders.json5:1:1",
        "orders.json5:1:1",
        "orders.json5:1:3",
    ]


def test_what_stands_again_is_told_where_it_does() -> None:
    """Types under two kinds, requests that differ in the name of a parameter only, streams, values, members."""
    text = """{ name: 'a', namespace: 'a.v0', version: '0.1.0',
    models: { x: { fields: [] } },
    unions: { u: { discriminator: 'd', types: [{ type: 'x' }, { type: 'x' }] } },
    enums: { x: { values: ['e', 'e'] } },
    resources: { json: { path: '/x', operations: [
      { method: 'GET', path: '/{a}', parameters: [{ name: 'a', type: 'long' }] },
      { method: 'GET', path: '/{b}', parameters: [{ name: 'b', type: 'long' }] } ] } },
    events: { u: { stream: 's' },
      'a.v0.unions.u': { stream: 's' } } }"""
    assert problems_of(text.replace("type: 'x'", "type: 'a.v0.models.x'")) == [
        "a.json5:2:15: the type x stands twice",
        "a.json5:3:75: the value of the discriminator x stands twice",
        "a.json5:4:33: the value e stands twice",
        "a.json5:7:7: the operation GET /x/{} stands twice",
        "a.json5:9:7: the union a.v0.unions.u stands twice",
        "a.json5:9:26: the stream s stands twice",
    ]


def test_what_follows_from_a_mistake_is_not_told_besides() -> None:
    """A method that is none is not taken for one that is there already."""
    text = """{ name: 'a', namespace: 'a.v0', version: '0.1.0', resources: { json: { path: '/x', operations: [
      { method: 'GET' }, { method: 'GTE' }, { } ] } } }"""
    assert [item.partition(": ")[2] for item in problems_of(text)] == [
        "method must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS; did you mean GET?",
        "resources.json.operations needs method",
    ]


def test_two_documents_have_two_namespaces() -> None:
    """Or full names would be those of two types."""
    assert problems_of(f"{{ {HEAD} }}", b=f"{{ {HEAD} }}") == [
        "b.json5:1:1: the namespace a.v0 belongs to a.json5; give each document a namespace of its own"
    ]
