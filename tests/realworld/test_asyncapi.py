"""What is exported as AsyncAPI is so by the schema of those who have written the specification."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from hypothesis import given, settings

from strangler.contracts.export.asyncapi import asyncapi
from strangler.contracts.library import Library
from strangler.model.json_value import JsonObject
from tests.contracts.documents import library_of, reviews_library
from tests.contracts.generation.test_hostile_documents import hostile_documents
from tests.etl.streams.published_case import document_text
from tests.realworld.npm_package import npm_package

pytestmark = pytest.mark.realworld


@pytest.fixture(scope="module")
def schema() -> jsonschema_rs.Draft7Validator:
    """The schema of AsyncAPI 3.0.0."""
    path = npm_package("@asyncapi/specs", "6.11.1") / "schemas" / "3.0.0.json"
    return jsonschema_rs.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


def exported(library: Library, name: str) -> JsonObject:
    """The document as another program would read it."""
    document: JsonObject = json.loads(json.dumps(asyncapi(library.document(name), library)))
    return document


def test_documents_with_events_are_valid(schema: jsonschema_rs.Draft7Validator) -> None:
    """And the schema does find what is wrong."""
    for library in (reviews_library(), library_of({"reviews": document_text()}, "reviews")):
        document = exported(library, "reviews")
        assert [error.message for error in schema.iter_errors(document)] == []
        assert not schema.is_valid({**document, "channels": {"reviews": {"adress": 1}}})


@settings(max_examples=60)
@given(text=hostile_documents())
def test_documents_of_whatever_names_and_texts_are_valid(schema: jsonschema_rs.Draft7Validator, text: str) -> None:
    """What users write is no key, and no reference, where that would break one."""
    assert [error.message for error in schema.iter_errors(exported(library_of({"a": text}, "a"), "a"))] == []
