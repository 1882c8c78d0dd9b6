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
        (f"{{ {HEAD}, imports: ['b.json5'] }}", "a.json5:1:61: imports b.json5, which cannot be read: no such file"),
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
        ("type: 'date-time-local', name: 'a', default: '2026-11-30T12:00:00Z'", "default is no date-time-local"),
        ("type: 'date-time-local', name: 'a', default: '2026-11-30T12:00:00+01:00'", "default is no date-time-local"),
        ("type: 'date-time-local', name: 'a', default: '2026-11-31T12:00:00'", "default is no date-time-local"),
        ("type: 'date-time-iso8601', name: 'a', default: '2026-11-30T12:00:00'", "default is no date-time-iso8601"),
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


@pytest.mark.parametrize(
    ("uses", "place", "problem"),
    [
        ("'B.v0': { operations: ['GET /x'] }", "2:1", "the namespace B.v0 must be lower-case words with dots"),
        ("'a.v0': { operations: ['GET /x'] }", "2:1", "this is the document's own namespace"),
        ("'b.v0': {}", "2:1", "nothing is used of b.v0; name operations or events of it"),
        ("'b.v0': { operations: [] }", "2:1", "nothing is used of b.v0"),
        ("'b.v0': { operation: ['GET /x'] }", "2:11", "unknown key operation in uses.b.v0; did you mean operations?"),
        ("'b.v0': { operations: 'GET /x' }", "2:11", "operations must be a list of strings"),
        ("'b.v0': { operations: ['GTE /x'] }", "2:24", "GTE /x is no operation: write a method and a path"),
        ("'b.v0': { operations: ['GTE /x'] }", "2:24", "did you mean GET?"),
        ("'b.v0': { operations: ['GET x'] }", "2:24", "GET x is no operation"),
        ("'b.v0': { operations: ['GET /x/{'] }", "2:24", "GET /x/{ is no operation"),
        ("'b.v0': { operations: ['GET'] }", "2:24", "GET is no operation"),
        ("'b.v0': { operations: ['GET /{a}', 'GET /{b}'] }", "2:36", "the operation GET /{} stands twice"),
        ("'b.v0': { events: ['x', 'x'] }", "2:25", "the events x stands twice"),
        ("'b.v0': { events: ['b.v0.x'] }", "2:20", "b.v0.x is no name of events; name their union"),
        ("'b.v0': { events: ['x'] }, 'b.v0': { events: ['y'] }", "2:28", "the key b.v0 stands twice"),
    ],
)
def test_what_is_wrong_with_what_is_used_is_told(uses: str, place: str, problem: str) -> None:
    """Where it stands."""
    (found,) = problems_of(f"{{ {HEAD}, uses: {{\n{uses} }} }}")
    assert found.startswith(f"a.json5:{place}: ")
    assert problem in found


@pytest.mark.parametrize(
    ("operation", "problem"),
    [
        ("calls: { 'b.v1': ['GET /x/{id}'] }", "the document uses no operations of b.v1; did you mean b.v0?"),
        ("calls: { 'other': ['GET /x/{id}'] }", "the document uses no operations of other; add them to its uses"),
        ("calls: { 'b.v0': ['GET /y/{id}'] }", "GET /y/{id} of b.v0 is not among what the document uses; did you mean"),
        ("calls: { 'b.v0': ['GET /x/{a}', 'GET /x/{b}'] }", "the operation GET /x/{} stands twice"),
        ("calls: { 'b.v0': 'GET /x/{a}' }", "b.v0 must be a list of strings"),
        ("calls: []", "calls must be an object, {...}"),
        ("concurrent: true", "concurrent is said of calls, and there are none; name them in calls"),
        ("concurrent: 1", "concurrent must be true or false"),
        ("p99: 50", "p99 must be a string that is not empty"),
        ("p99: '50'", "p99 must be a time above 0 and up to 600s, as in 50ms or 1.5s"),
        ("p99: '0ms'", "p99 must be a time above 0"),
        ("p99: '601s'", "p99 must be a time above 0"),
        ("p99: '5m'", "p99 must be a time above 0"),
        ("p95: '5ms'", "unknown key p95 in resources.json.operations; did you mean p99?"),
    ],
)
def test_what_is_wrong_with_calls_and_targets_is_told(operation: str, problem: str) -> None:
    """An operation calls of what its document uses."""
    text = (
        f"{{ {HEAD}, uses: {{ 'b.v0': {{ operations: ['GET /x/{{number}}'], events: ['e'] }} }}, resources: {{"
        f" json: {{ path: '/x', operations: [{{ method: 'GET', {operation} }}] }} }} }}"
    )
    (found,) = problems_of(text)
    assert problem in found


def test_calls_and_targets_are_read() -> None:
    """An operation that names no calls makes none; one without the key does not say."""
    text = f"""{{ {HEAD}, uses: {{ 'b.v0': {{ operations: ['GET /x/{{id}}', 'POST /x'], events: ['e'] }} }},
      resources: {{ json: {{ path: '/a', operations: [
        {{ method: 'GET', calls: {{ 'b.v0': ['GET /x/{{number}}', 'POST /x'] }}, concurrent: true, p99: '1.5s' }},
        {{ method: 'PUT', calls: {{}}, p99: '20ms' }},
        {{ method: 'POST' }} ] }} }} }}"""
    document = library_of({"a": text}, "a").document("a")
    assert [str(item) for item in document.calls] == ["b.v0 GET /x/{id}", "b.v0 POST /x"]
    assert [(str(item), item.place.line) for item in document.follows] == [("b.v0 e", 1)]
    reading, putting, posting = document.operations
    assert reading.calls is not None
    assert [item.name for item in reading.calls] == ["GET /x/{number}", "POST /x"]
    assert (reading.concurrent, reading.p99) == (True, 1500)
    assert (putting.calls, putting.p99, posting.calls, posting.p99) == ((), 20, None, None)


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
