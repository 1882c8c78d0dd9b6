"""Rendering rows as events: what the document says is what is sent, and what it cannot say is refused at the start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from strangler.contracts.library_reader import read_library
from strangler.contracts.publishing.row_rendering import DocumentRenderer, document_renderer
from strangler.model.authority import Side
from strangler.model.errors import ConfigurationError
from strangler.model.events import ChangedRow, EventTerms, PersonalData, UnfitEventError

FIRST = '{ name: "event_id", type: "string" }, { name: "timestamp", type: "date-time-iso8601" }'
PUBLISHED = EventTerms(personal_data=PersonalData.PUBLISH)


def renderer(
    fields: str,
    columns: str = "id",
    *,
    deleted: str = "thing",
    terms: EventTerms = PUBLISHED,
    rest: str = "",
    streams: str = 'thing_event: { stream: "s.v0.thing_event.json" }',
) -> DocumentRenderer:
    """A renderer for the table `thing` with these columns, whose model has these fields."""
    text = (
        f'{{ name: "s", namespace: "s.v0", version: "0.1.0", {rest} models: {{ thing: {{ fields: [{fields}] }},'
        f' place: {{ fields: [{{ name: "town", type: "string" }}] }},'
        f' thing_upserted: {{ fields: [{FIRST}, {{ name: "thing", type: "thing" }}] }},'
        f' thing_deleted: {{ fields: [{FIRST}, {{ name: "thing", type: "{deleted}" }}] }} }},'
        ' unions: { thing_event: { discriminator: "kind",'
        ' types: [{ type: "thing_upserted" }, { type: "thing_deleted" }] },'
        ' other_event: { discriminator: "kind", types: [{ type: "thing_upserted" }] } },'
        f" events: {{ {streams} }} }}"
    )
    library = read_library({"s": Path("s.json5")}, (), lambda _: text)
    return document_renderer("s", library.document("s"), library, terms, {"thing": frozenset(columns.split())})


def changed(row: str, *, gone: bool = False, key: str = "7") -> ChangedRow:
    """A changed row of the table `thing`."""
    return ChangedRow("v1-1-1", Side.V1, "thing", key, gone, row, 0.0, "v1-1")


def data(rendering: DocumentRenderer, row: str, *, gone: bool = False) -> str:
    """The JSON of the event of a row."""
    rendered = rendering(changed(row, gone=gone))
    assert rendered is not None
    return rendered.data


def test_numbers_keep_their_digits_and_moments_get_a_zone() -> None:
    """What the database knows is what consumers get."""
    rendering = renderer('{ name: "sum", type: "decimal" }, { name: "at", type: "date-time-iso8601" }', "sum at")
    found = data(rendering, '{"sum": 12345678901234567890.1234567890, "at": "2026-11-30T12:00:00.5"}')
    assert '"sum":12345678901234567890.1234567890' in found
    assert '"at":"2026-11-30T12:00:00.5Z"' in found


def test_a_local_time_is_published_as_it_is_stored() -> None:
    """A moment of a column with a time zone is not one: which of the two is meant only people know."""
    rendering = renderer('{ name: "at", type: "date-time-local" }', "at")
    assert '"at":"2026-03-29T02:30:00.5"' in data(rendering, '{"at": "2026-03-29T02:30:00.5"}')
    with pytest.raises(UnfitEventError, match=r"thing\.at has an offset, which a date-time-local does not have"):
        data(rendering, '{"at": "2026-03-29T02:30:00.5+00:00"}')
    with pytest.raises(UnfitEventError, match=r"thing\.at is no date-time-local"):
        data(rendering, '{"at": "infinity"}')


def test_the_event_begins_with_what_every_event_has() -> None:
    """Discriminator, id and time."""
    assert json.loads(data(renderer('{ name: "id", type: "integer" }'), '{"id": 7, "other": 1}')) == {
        "kind": "thing_upserted",
        "event_id": "v1-1-1",
        "timestamp": "1970-01-01T00:00:00.000000Z",
        "thing": {"id": 7},
    }


def test_what_may_be_missing_is_left_out_and_defaults_stand_for_it() -> None:
    """NULL is no value of a type."""
    rendering = renderer(
        '{ name: "a", type: "string", required: false }, { name: "b", type: "string", default: "x" }', "a b"
    )
    assert json.loads(data(rendering, '{"a": null, "b": null}'))["thing"] == {"b": "x"}


def test_models_arrays_and_maps_within_a_document_are_held_against_their_types() -> None:
    """Columns of JSON as well."""
    rendering = renderer(
        '{ name: "at", type: "place" }, { name: "tags", type: "[string]", maximum: 2 },'
        ' { name: "counts", type: "map[integer]" }, { name: "mood", type: "mood" }',
        "at tags counts mood",
        rest='enums: { mood: { values: ["good", "bad"] } },',
    )
    row = {"at": {"town": "Bonn", "more": 1}, "tags": ["a"], "counts": {"a": 1}, "mood": "good"}
    thing = json.loads(data(rendering, json.dumps(row)))["thing"]
    assert thing == {**row, "at": {"town": "Bonn"}}
    for name, value, said in (
        ("at", {"town": 1}, r"thing\.at\.town is no string"),
        ("tags", ["a", "b", "c"], r"thing\.tags is out of its bounds, \.\.2"),
        ("tags", [1], r"thing\.tags\[0\] is no string"),
        ("counts", {"a": 2**40}, r"thing\.counts\.a is no integer"),
        ("mood", "ugly", r"thing\.mood is none of the values of mood"),
        ("mood", None, r"thing\.mood is required"),
    ):
        with pytest.raises(UnfitEventError, match=said):
            data(rendering, json.dumps({**row, name: value}))


def test_a_deletion_may_carry_the_key_only() -> None:
    """As a number, or as a text."""
    fields = '{ name: "id", type: "long" }'
    assert json.loads(data(renderer(fields, deleted="long"), "{}", gone=True))["thing"] == 7
    assert json.loads(data(renderer(fields, deleted="string"), "{}", gone=True))["thing"] == "7"
    with pytest.raises(UnfitEventError, match="thing is no long"):
        renderer(fields, deleted="long")(changed("{}", gone=True, key="a/b"))


def test_all_that_can_not_be_filled_is_told_at_once() -> None:
    """Before anything is published."""
    fields = '{ name: "id", type: "long" }, { name: "a", type: "string" }, { name: "b", type: "string", default: "" }'
    with pytest.raises(ConfigurationError, match=r"thing\.id is required.*; thing\.a is required"):
        renderer(fields, "b")
    one, other = 'thing_event: { stream: "s.v0.thing_event.json" }', 'other_event: { stream: "s.v0.other_event.json" }'
    with pytest.raises(ConfigurationError, match="thing_upserted is in two streams"):
        renderer(fields, "id a", streams=f"{one}, {other}")
    with pytest.raises(ConfigurationError, match="thing has no thing_deleted in the same stream"):
        renderer(fields, "id a", streams=other)
    with pytest.raises(ConfigurationError, match=r"s has no table other"):
        renderer(fields, "id a", terms=EventTerms(models={"other": "thing"}))


@pytest.mark.parametrize(
    ("decided", "field", "said"),
    [
        (None, 'type: "string"', "say personal_data ="),
        (PersonalData.LEAVE_OUT, 'type: "string"', "what is required cannot be left out"),
        (PersonalData.HASH, 'type: "integer"', "only strings that may have 64 characters can be hashed"),
        (PersonalData.HASH, 'type: "string", maximum: 20', "only strings that may have 64 characters can be hashed"),
    ],
)
def test_personal_data_is_decided_before_anything_is_published(
    decided: PersonalData | None, field: str, said: str
) -> None:
    """A stream cannot be taken back."""
    with pytest.raises(ConfigurationError, match=said):
        renderer(
            f'{{ name: "who", {field}, annotations: ["personal_data"] }}',
            "who",
            terms=EventTerms(personal_data=decided),
        )


def test_what_may_be_personal_data_is_not_published_before_somebody_has_decided() -> None:
    """By the names that `design lint` asks about: to leave out what is annotated protects nobody whose field is not."""
    field, terms = (
        'name: "author_email", type: "string", required: false',
        EventTerms(personal_data=PersonalData.LEAVE_OUT),
    )
    with pytest.raises(ConfigurationError, match="author_email may be personal data, and nobody has decided"):
        renderer(f"{{ {field} }}", "author_email", terms=terms)
    renderer(f'{{ {field}, annotations: ["not_personal_data"] }}', "author_email", terms=terms)
