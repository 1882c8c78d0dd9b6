"""What a new version breaks, by who sends and who reads."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.contracts.comparison.change import Change, ChangeRule
from strangler.contracts.comparison.document_comparison import compare
from strangler.contracts.export.json_schema import Schemas
from strangler.contracts.library import Library
from strangler.contracts.use import Direction
from tests.contracts.documents import REVIEWS, library_of, reviews_library
from tests.contracts.random_models import FIELDS, Fields, changed, document, values


def changes(old: Library, new: Library, service: str = "reviews") -> tuple[Change, ...]:
    """What differs between the documents of a service."""
    return compare(old.document(service), old, new.document(service), new)


def test_nothing_has_changed_from_a_document_to_itself() -> None:
    """Nor where only words and the order are others."""
    library = reviews_library()
    assert changes(library, library) == ()
    assert changes(library, reviews_library(REVIEWS.replace("Many reviews.", "All of them."))) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('values: ["shown", "hidden"]', 'values: ["shown", "hidden", "gone"]', {("values", "answered", True)}),
        ('values: ["shown", "hidden"]', 'values: ["shown"]', {("values", "answered", False)}),
        (
            'description: "A review to be written.",\n      fields: [',
            'description: "A", fields: [{ name: "title", type: "string" },',
            {("field-added", "sent", True)},
        ),
        (
            'description: "A review to be written.",\n      fields: [',
            'description: "A", fields: [{ name: "title", type: "string", required: false },',
            {("field-added", "sent", False)},
        ),
        (
            '{ name: "email", type: "string", required: false, annotations: ["personal_data"] },',
            "",
            {("field-removed", "answered", True)},
        ),
        ('{ name: "created_at",', '{ required: false, name: "created_at",', {("requirement", "answered", True)}),
        (
            '{ name: "email", type: "string", required: false,',
            '{ name: "email", type: "string",',
            {("requirement", "answered", False)},
        ),
        (
            '"created_at", type: "date-time-iso8601"',
            '"created_at", type: "date-time-local"',
            {("type", "answered", True)},
        ),
        (
            'method: "POST", description',
            'method: "PUT", description',
            {("operation-removed", "answered", True), ("operation-added", "answered", False)},
        ),
        (
            'type: "[uuid]", required: false, maximum: 100',
            'type: "[uuid]", required: false, maximum: 50',
            {("bound", "sent", True)},
        ),
        (
            'type: "[uuid]", required: false, maximum: 100',
            'type: "[uuid]", required: false, maximum: 500',
            {("bound", "sent", False)},
        ),
        ('name: "offset", type: "integer"', 'name: "offset", type: "long"', {("type", "sent", False)}),
        (
            'name: "limit", type: "integer", default: 25',
            'name: "limit", type: "integer", default: 20',
            {("default", "sent", True)},
        ),
        (
            '"404": { type: "unit" }',
            '"409": { type: "unit" }',
            {("response-removed", "answered", False), ("response-added", "answered", False)},
        ),
        (
            '"201": { type: "review" }',
            '"200": { type: "review" }',
            {("response-removed", "answered", True), ("response-added", "answered", True)},
        ),
        (
            "reviews.v0.review_event.json",
            "reviews.v0.events.json",
            {("stream-removed", "answered", True), ("stream-added", "answered", False)},
        ),
        (', { type: "review_deleted" }', "", {("members", "answered", False)}),
        ('discriminator: "discriminator"', 'discriminator: "type"', {("discriminator", "answered", True)}),
        ('path: "/{id}", description: "Takes', 'path: "/{number}", description: "Takes', set[tuple[str, str, bool]]()),
        (
            'imports: ["common.json5"],',
            'imports: ["common.json5"], headers: [{ name: "X-Tenant", type: "string" }],',
            {("parameter-added", "sent", True)},
        ),
    ],
)
def test_a_change_breaks_by_its_direction(old: str, new: str, expected: set[tuple[str, str, bool]]) -> None:
    """What is answered may gain, what is sent may lose requirements."""
    assert old in REVIEWS
    text = REVIEWS.replace(old, new)
    if "{number}" in text:
        text = text.replace(
            'parameters: [{ name: "id", type: "uuid" }]', 'parameters: [{ name: "number", type: "uuid" }]'
        )
    found = changes(reviews_library(), reviews_library(text))
    assert {(str(item.rule), str(item.way), item.breaking) for item in found} == expected


def test_bounds_and_fields_are_told_as_they_were_and_are() -> None:
    """What was bounded is told with its bounds, and what is sent is accepted or not."""
    wider = REVIEWS.replace(
        'type: "[uuid]", required: false, maximum: 100', 'type: "[uuid]", required: false, minimum: 1'
    )
    (told,) = changes(reviews_library(), reviews_library(wider))
    assert told.message == "GET /reviews id is at least 1 now, was at most 100"
    document = '{{ name: "a", namespace: "a.v0", version: "0.1.0", enums: {{ e: {{ values: [{}] }} }} }}'
    old, new = (library_of({"a": document.format(text)}, "a") for text in ('"x", "y"', '"x"'))
    assert [item.message for item in changes(old, new, "a")] == [
        "e.y is not accepted any more",
        "e.y is not answered any more",
    ]


def test_types_that_others_import_count_in_both_ways() -> None:
    """As no operation says who sends them and who reads them."""
    common = '{ name: "a", namespace: "a.v0", version: "0.1.0", enums: { e: { values: ["x"] } } }'
    wider = common.replace('["x"]', '["x", "y"]')
    one, other = library_of({"a": common}, "a"), library_of({"a": wider}, "a")
    assert [(item.way, item.breaking) for item in changes(one, other, "a")] == [("answered", True), ("sent", False)]
    gone = library_of({"a": '{ name: "a", namespace: "a.v0", version: "0.1.0" }'}, "a")
    assert [(str(item.rule), item.breaking) for item in changes(one, gone, "a")] == [("type-removed", True)]


def operations(*responses: str, parameters: str = "", types: str = "") -> Library:
    """A document with an operation that answers so."""
    text = (
        "{ name: 'a', namespace: 'a.v0', version: '0.1.0', models: { m: { fields: [] }, TYPES },"
        " resources: { json: { operations: [{ method: 'GET', path: '/', parameters: [PARAMETERS],"
        " responses: { RESPONSES } }] } } }"
    )
    text = text.replace("RESPONSES", ", ".join(responses)).replace("PARAMETERS", parameters).replace("TYPES", types)
    return library_of({"a": text}, "a")


def found_between(old: Library, new: Library) -> list[tuple[str, str, bool]]:
    """Rules and subjects of what differs."""
    return [(str(item.rule), item.subject, item.breaking) for item in changes(old, new, "a")]


def test_a_default_response_stands_for_every_status_that_is_not_named() -> None:
    """Who reads all errors alike is broken by one that is another; who never heard of them is not."""
    old = operations("'default': { type: 'm' }")
    same = operations("'default': { type: 'm' }", "'404': { type: 'm' }")
    other = operations("'default': { type: 'm' }", "'404': { type: 'string' }")
    assert found_between(old, same) == [("response-added", "GET / 404", False)]
    assert found_between(old, other) == [("type", "GET / 404", True), ("response-added", "GET / 404", False)]
    assert found_between(other, old) == [("type", "GET / 404", True), ("response-removed", "GET / 404", False)]


def test_a_type_that_becomes_another_is_told_wherever_it_was_used() -> None:
    """Not only for the first of the fields."""
    types = "x: { fields: [{ name: 'a', type: 'm' }, { name: 'b', type: 'm' }] }"
    old = operations("'200': { type: 'x' }", types=types)
    new = operations("'200': { type: 'x' }", types=types.replace("'m'", "'string'"))
    assert [item for item in found_between(old, new) if item[0] == "type"] == [
        ("type", "x.a", True),
        ("type", "x.b", True),
    ]


def test_a_type_that_is_not_used_any_more_still_counts_for_who_imports_it() -> None:
    """The operation answers with a copy now, and the type itself loses a field."""
    one, copy = "x: { fields: [{ name: 'a', type: 'long' }] }", "y: { fields: [{ name: 'a', type: 'long' }] }"
    old = operations("'200': { type: 'x' }", types=one)
    new = operations("'200': { type: 'y' }", types=f"x: {{ fields: [] }}, {copy}")
    assert ("field-removed", "x.a", True) in found_between(old, new)


def test_the_case_of_a_header_is_not_seen_on_the_wire() -> None:
    """RFC 9110, section 5.1."""
    header = "{ name: 'X-Tenant', type: 'string', location: 'header' }"
    assert found_between(operations(parameters=header), operations(parameters=header.lower())) == []


@settings(max_examples=60, deadline=None)
@given(old=FIELDS, data=st.data())
def test_what_is_not_breaking_breaks_no_message(old: Fields, data: st.DataObject) -> None:
    """Every request of an old client is understood by the new service, every answer of it by an old client."""
    new = data.draw(changed(old))
    before, after = library_of({"a": document(old)}, "a"), library_of({"a": document(new)}, "a")
    assert changes(before, before, "a") == ()
    found = changes(before, after, "a")
    for way, writer, reader, fields in (
        (Direction.SENT, before, after, old),
        (Direction.ANSWERED, after, before, new),
    ):
        if any(item.breaking and item.way is way for item in found):
            continue
        message = data.draw(values(fields, way))
        validator(writer, way).validate(message)
        validator(reader, way).validate(message)


def validator(library: Library, way: Direction) -> jsonschema_rs.Draft202012Validator:
    """The validator of the model in one direction."""
    schemas = Schemas(library.document("a"), library, "#/$defs/")
    names = [*library.declarations]
    schema = {"$ref": "#/$defs/thing", "$defs": schemas.definitions(names, dict.fromkeys(names, way))}
    return jsonschema_rs.Draft202012Validator(json.loads(json.dumps(schema)), validate_formats=True)


@pytest.mark.parametrize("types", [("date-time-iso8601", "date-time-local"), ("date-time-local", "date-time-iso8601")])
def test_a_point_in_time_and_a_local_time_break_each_others_senders_and_readers(types: tuple[str, str]) -> None:
    """One demands an offset and the other refuses it, so no value is of both."""
    text = """{ name: 'a', namespace: 'a.v0', version: '0.1.0',
      models: { visit: { fields: [{ name: 'at', type: 'TYPE' }] } },
      resources: { visit: { path: '/visits', operations: [
        { method: 'POST', body: { type: 'visit' }, responses: { '201': { type: 'visit' } } } ] } } }"""
    old, new = (library_of({"a": text.replace("TYPE", type_)}, "a") for type_ in types)
    found = changes(old, new, "a")
    assert {(change.rule, change.way, change.breaking) for change in found} == {
        (ChangeRule.TYPE, Direction.SENT, True),
        (ChangeRule.TYPE, Direction.ANSWERED, True),
    }
    assert {change.message for change in found} == {f"visit.at is {types[1]} now, was {types[0]}"}
