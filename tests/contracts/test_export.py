"""Documents in formats that other programs read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest

from strangler.contracts.export.asyncapi import asyncapi
from strangler.contracts.export.json_schema import json_schema
from strangler.contracts.export.openapi import openapi
from strangler.contracts.library import Library
from strangler.model.json_value import Json
from tests.contracts.documents import REVIEWS, library_of, reviews_library


def exported(form: str, library: Library | None = None) -> dict[str, Any]:
    """The document of the reviews, as another program would read it."""
    library = library or reviews_library()
    export = {"openapi": openapi, "asyncapi": asyncapi, "json-schema": json_schema}[form]
    return json.loads(json.dumps(export(library.document("reviews"), library)))


def references(value: Json) -> Iterator[str]:
    """Every reference in a document."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from [item] if key == "$ref" and isinstance(item, str) else references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


@pytest.mark.parametrize("form", ["openapi", "asyncapi", "json-schema"])
def test_everything_an_export_refers_to_is_in_it(form: str) -> None:
    """And all schemas are valid JSON Schema."""
    document = exported(form)
    found = set(references(document))
    assert found
    for reference in found:
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    schemas = document["$defs"] if form == "json-schema" else document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


@pytest.mark.parametrize("form", ["openapi", "asyncapi", "json-schema"])
def test_a_local_time_has_the_format_that_the_registry_of_formats_names(form: str) -> None:
    """It is not ``date-time``, which demands an offset."""
    text = REVIEWS.replace('"created_at", type: "date-time-iso8601"', '"created_at", type: "date-time-local"')
    schemas = exported(form, reviews_library(text))["$defs" if form == "json-schema" else "components"]
    schemas = schemas if form == "json-schema" else schemas["schemas"]
    assert schemas["review"]["properties"]["created_at"] == {"type": "string", "format": "date-time-local"}


def test_what_is_sent_may_leave_out_what_has_a_default() -> None:
    """What is answered has it in any case."""
    schema = exported("openapi")["components"]["schemas"]
    assert schema["review"]["required"] == ["id", "stars", "status", "created_at"]
    limit = exported("openapi")["paths"]["/reviews"]["get"]["parameters"][1]
    assert (limit["required"], limit["schema"]["default"], limit["schema"]["maximum"]) == (False, 25, 100)


def test_operations_have_requests_and_responses() -> None:
    """A response without a body has no content."""
    paths = exported("openapi")["paths"]
    assert [*paths] == ["/_internal_/healthcheck", "/reviews", "/reviews/{id}"]
    removal = paths["/reviews/{id}"]["delete"]
    assert removal["operationId"] == "delete_reviews_by_id"
    assert removal["responses"]["204"] == {"description": "answered with 204"}
    body = paths["/reviews"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/review_form"}


def test_a_stream_is_a_channel_with_the_events_of_its_union() -> None:
    """An event has the discriminator beside its own fields, and is valid as what is published."""
    document = exported("asyncapi")
    channel = document["channels"]["review_event"]
    assert channel["address"] == "reviews.v0.review_event.json"
    assert [*channel["messages"]] == ["review_upserted", "review_deleted"]
    payload = document["components"]["messages"]["review_event.review_upserted"]["payload"]
    review = {
        "id": "8f14e45f-ceea-467f-9b3c-000000000001",
        "stars": 5,
        "status": "shown",
        "created_at": "2026-11-30T12:00:00Z",
    }
    event = {"discriminator": "review_upserted", "event_id": "1", "timestamp": "2026-11-30T12:00:00Z", "review": review}
    validator = jsonschema_rs.Draft202012Validator({**payload, "components": document["components"]})
    assert validator.is_valid(event)
    assert not validator.is_valid({**event, "discriminator": "review_deleted"})
    assert not validator.is_valid({**event, "review": {**review, "stars": 6}})


def test_what_is_written_alike_is_told_apart() -> None:
    """Operations by their ids, streams of two unions of one name, messages whose values are no keys."""
    other = (
        "{ name: 'b', namespace: 'b.v0', version: '0.1.0', models: { y: { fields: [] } },"
        " unions: { u: { discriminator: 'd', types: [{ type: 'y' }] } } }"
    )
    text = """{ name: 'a', namespace: 'a.v0', version: '0.1.0', imports: ['b.json5'], models: { x: { fields: [] } },
      unions: { u: { discriminator: 'd', types: [
        { type: 'x', discriminator_value: 'x/y' }, { type: 'x', discriminator_value: 'x y' }] } },
      resources: { json: { operations: [{ method: 'GET', path: '/a/b' }, { method: 'GET', path: '/a_b' }] } },
      events: { u: { stream: 's' }, 'b.v0.unions.u': { stream: 't' } } }"""
    library = library_of({"a": text, "b": other}, "a")
    document = library.document("a")
    paths = json.loads(json.dumps(openapi(document, library)))["paths"].values()
    assert [item["get"]["operationId"] for item in paths] == ["get_a_b", "get_a_b_2"]
    events = json.loads(json.dumps(asyncapi(document, library)))
    assert {key: item["address"] for key, item in events["channels"].items()} == {"u": "s", "b.v0.unions.u": "t"}
    assert {key: item["name"] for key, item in events["components"]["messages"].items()} == {
        "u.x_y": "x/y",
        "u.x_y_2": "x y",
        "b.v0.unions.u.y": "y",
    }
