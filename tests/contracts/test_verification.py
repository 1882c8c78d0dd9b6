"""What is sent to a service, and how what comes back is held against the document."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.contracts.document import Document, Method, ParameterPlace
from strangler.contracts.export.json_schema import json_schema
from strangler.contracts.library import Library
from strangler.contracts.type_reference import NamedType
from strangler.contracts.use import Direction
from strangler.contracts.verification.answer import Answer, NoAnswer, Outcome, Request, Silence
from strangler.contracts.verification.case import Cases
from strangler.contracts.verification.finding import ContractRule
from strangler.contracts.verification.known_values import KnownValues
from strangler.contracts.verification.misfit import misfits
from strangler.contracts.verification.pace import Pace
from strangler.contracts.verification.report import Report
from strangler.contracts.verification.sample import EndlessTypeError, Samples
from strangler.contracts.verification.scalar_sample import Expectation
from strangler.contracts.verification.verification import Terms, Verification
from tests.contracts.documents import library_of, reviews_library
from tests.contracts.random_models import FIELDS, FORMATS, Fields, document, values

THING = NamedType("a.v0.models.thing")


def validator(library: Library, name: str, way: Direction) -> jsonschema_rs.Draft202012Validator:
    """What another program takes for a value of a model, formats included."""
    exported: dict[str, Any] = json.loads(json.dumps(json_schema(library.document("a"), library)))
    if way is Direction.ANSWERED:
        for schema in exported["$defs"].values():
            needed = [key for key, item in schema.get("properties", {}).items() if "default" in item]
            schema["required"] = sorted({*schema.get("required", ()), *needed})
    schema = {"$ref": f"#/$defs/{name}", "$defs": exported["$defs"]}
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=FORMATS)


@settings(max_examples=40, deadline=None)
@given(FIELDS, st.randoms(use_true_random=False))
def test_what_is_said_to_be_valid_is_valid_and_the_rest_is_not(found: Fields, random: Random) -> None:
    """Of any model, as the exported JSON Schema has it; what may be both is left out."""
    library = library_of({"a": document(found)}, "a")
    samples, schema = Samples(library, random), validator(library, "thing", Direction.SENT)
    assert schema.is_valid(samples.of_type(THING))
    model = library.model(THING)
    assert model is not None
    assert schema.is_valid(samples.drawn(model))
    for sample in samples.varied(THING):
        if sample.expectation is not Expectation.EITHER:
            assert schema.is_valid(sample.value) is (sample.expectation is Expectation.SERVED), sample


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_an_answer_is_judged_as_by_its_json_schema(data: st.DataObject) -> None:
    """Whatever one value in it is replaced by; fields that are not declared are more than a schema finds."""
    fields = data.draw(FIELDS)
    library = library_of({"a": document(fields)}, "a")
    value: dict[str, Any] = data.draw(values(fields, Direction.ANSWERED))
    others: list[Any] = [None, True, 0, 5.0, 1.5, 2**31, 2**63, "", "red", "aaaa", [], [1, "a"], {}]
    for name in data.draw(st.sets(st.sampled_from([*value, "a", "b"]))):
        value[name] = data.draw(st.sampled_from(others))
    place = library.document("a").place
    found = [item for item in misfits(value, THING, place, library) if item.rule is not ContractRule.UNKNOWN_FIELD]
    assert (not found) is validator(library, "thing", Direction.ANSWERED).is_valid(value), (value, found)


def test_a_model_that_needs_itself_has_no_value() -> None:
    """Which is told with its place, before anything is sent."""
    text = "{ name: 'a', namespace: 'a.v0', version: '0.1.0', models: { x: { fields: [{ name: 'y', type: 'x' }] } } }"
    with pytest.raises(EndlessTypeError, match=r"a\.json5:1: the model x needs itself"):
        Samples(library_of({"a": text}, "a"), Random(0)).of_type(NamedType("a.v0.models.x"))


def test_not_more_is_sent_than_a_second_may_have_and_not_longer() -> None:
    """Time that an answer took counts."""
    moments, slept = iter([0.0, 0.0, 0.0, 0.1, 1.0, 9.9, 10.0]), list[float]()
    pace = Pace(lambda _: Answer(200, {}, b""), 4, 10, lambda: next(moments), slept.append)
    for _ in range(3):
        pace(Request(Method.GET, "/"))
    assert slept == [0.15]
    assert [pace.is_over(), pace.is_over()] == [False, True]


WIDE = """{ name: 'a', namespace: 'a.v0', version: '0.1.0',
  models: {
    cart: { fields: [{ name: 'id', type: 'long' }, { name: 'product_id', type: 'long' }] },
    product: { fields: [{ name: 'id', type: 'long' }] },
    line: { fields: [] },
  },
  resources: {
    cart: { path: '/carts', operations: [
      { method: 'POST', responses: { '201': { type: 'cart' } } },
      { method: 'GET', responses: { '200': { type: '[cart]' } } },
      { method: 'DELETE', responses: { '204': { type: 'unit' } } },
      { method: 'DELETE', path: '/of/{product_id}', parameters: [{ name: 'product_id', type: 'long' }],
        responses: { '204': { type: 'unit' } } },
      { method: 'DELETE', path: '/{id}', parameters: [{ name: 'id', type: 'long' }],
        responses: { '204': { type: 'unit' }, default: { type: 'unit' } } },
    ] },
    line: { path: '/carts/{cart_id}/lines', operations: [
      { method: 'PUT', parameters: [{ name: 'cart_id', type: 'long' }], responses: { default: { type: 'unit' } } },
    ] },
    product: { path: '/products', operations: [
      { method: 'GET', path: '/{id}', parameters: [{ name: 'id', type: 'long' }],
        responses: { '200': { type: 'product' }, default: { type: 'unit' } } },
      { method: 'DELETE', path: '/{id}', parameters: [{ name: 'id', type: 'long' }],
        responses: { '204': { type: 'unit' } } },
    ] } } }"""


def asked(
    outcome: dict[str, Outcome], given: dict[str, str] | None = None, named: frozenset[str] = frozenset()
) -> tuple[Report, list[str]]:
    """What is sent to a service that answers in the same way to each method, and what is found."""
    library, sent = library_of({"a": WIDE}, "a"), list[str]()

    def send(request: Request) -> Outcome:
        line = f"{request.method} {request.target}"
        sent.append(line)
        return outcome.get(line, outcome.get(request.method, Answer(404, {}, b"")))

    terms = Terms(True, named, (), 0, lambda: False, lambda request: request.target)
    known, samples = KnownValues(library, given or {}), Samples(library, Random(0))
    return Verification(library.document("a"), library, samples, known, send, terms).ask(lambda _: True), sent


JSON = {"content-type": "application/json"}


def test_what_is_removed_is_what_this_run_has_made() -> None:
    """Not what it refers to, nor what it has only seen, nor all rows of a type, or of somebody else."""
    made = Answer(201, JSON, b'{"id": 7, "product_id": 1}')
    seen = Answer(200, JSON, b'[{"id": 8, "product_id": 2}]')
    report, sent = asked({"POST": made, "GET /carts": seen})
    assert {line for line in sent if line.startswith("DELETE")} == {"DELETE /carts/7", "DELETE /carts/seven"}
    assert "PUT /carts/7/lines" in sent
    unproven = {item.operation: item.unproven for item in report.operations}
    assert unproven["DELETE /carts"] == "it may change every row: only --only 'DELETE /carts' sends it"
    assert unproven["DELETE /carts/of/{product_id}"].startswith("this run created no row")
    assert unproven["DELETE /products/{id}"].startswith("this run created no row")
    assert "DELETE /carts" in asked({"POST": made}, named=frozenset({"DELETE /carts"}))[1]


def test_a_row_that_an_answer_named_is_looked_at() -> None:
    """By its type and key, or by what names both; the key of another type is that of another row."""
    seen: dict[str, Outcome] = {"GET /carts": Answer(200, JSON, b'[{"id": 8, "product_id": 2}]')}
    _, sent = asked(seen)
    assert "GET /products/2" in sent
    assert "GET /products/8" not in sent
    assert not any(line.startswith("DELETE /products") for line in sent)
    _, sent = asked(seen, {"product.id": "3"})
    assert {"GET /products/3", "DELETE /products/3"} <= {*sent}
    assert "DELETE /carts/3" not in sent


def test_a_service_that_goes_away_is_not_asked_for_ever() -> None:
    """Once it has answered, that it is gone is a finding; what was not asked is not proven."""
    gone = NoAnswer(Silence.UNREACHABLE, "refused")
    report, sent = asked({"GET /carts": Answer(200, JSON, b"[]"), "POST": gone, "GET": gone}, {"product.id": "3"})
    assert len(sent) == 4
    assert {item.rule for item in report.findings} == {ContractRule.NO_ANSWER}
    assert report.proven == 1


def test_what_was_not_asked_to_its_end_is_not_proven() -> None:
    """Although an ordinary request was served before time was up."""
    library, sent = reviews_library(), list[Request]()

    def send(request: Request) -> Outcome:
        sent.append(request)
        return Answer(200, JSON, b'{"status": "healthy"}' if len(sent) == 1 else b"[]")

    terms = Terms(False, frozenset(), (), 0, lambda: len(sent) == 4, lambda request: request.target)
    known, samples = KnownValues(library, {}), Samples(library, Random(0))
    report = Verification(library.document("reviews"), library, samples, known, send, terms).ask(lambda _: True)
    states = {item.operation: item.unproven for item in report.operations}
    assert states["GET /_internal_/healthcheck"] == ""
    assert states["GET /reviews"] == "time was up before everything was asked: --seconds gives more"
    assert len(sent) == 4


def test_parameters_are_sent_where_they_stand() -> None:
    """A value of a path in one segment, those of an array one by one."""
    library = reviews_library()
    text: Document = library.document("reviews")
    operation = next(item for item in text.operations if item.name == "GET /reviews")
    (many,) = [
        item.request.target
        for item in Cases(operation, {}, (), Samples(library, Random(0)), 0)
        if item.what == "query parameter id has the most elements, 100"
    ]
    assert many.count("id=") == 100
    removal = next(item for item in text.operations if item.method is Method.DELETE)
    assert removal.parameters[0].within is ParameterPlace.PATH
    first = next(iter(Cases(removal, {"id": "a/b c"}, (), Samples(library, Random(0)), 0)))
    assert first.request.target == "/reviews/a%2Fb%20c"
