"""The generated types against the JSON Schema of the same document: one takes what the other does."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strangler.contracts.export.json_schema import json_schema
from strangler.contracts.generation.runtime.call import text_for_number
from strangler.contracts.generation.runtime.operation import encoded
from strangler.contracts.use import Direction
from strangler.model.errors import ConfigurationError
from tests.contracts.documents import library_of
from tests.contracts.generation.generated_package import generated_package
from tests.contracts.random_models import FIELDS, FORMATS, Fields, document, values

_ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.sampled_from(
        [
            1.5,
            -0.25,
            "1.5",
            "NaN",
            "",
            "a",
            "red",
            "2026-11-30",
            "2026-11-30T12:00:00",
            "2026-11-30T12:00:00+01:00",
            [],
            {},
            [1],
            {"d": "part"},
            {"d": "other"},
        ]
    ),
)


@settings(max_examples=15)
@given(FIELDS, st.data())
def test_every_valid_message_is_read_and_written_again(found: Fields, data: st.DataObject) -> None:
    """With what has a default added, so that it is valid as an answer; what is not valid is refused."""
    library = library_of({"reviews": document(found)}, "reviews")
    schema = json.loads(json.dumps(json_schema(library.document("reviews"), library)))
    valid = jsonschema_rs.Draft202012Validator(
        {**schema, "$ref": "#/$defs/thing"}, validate_formats=True, formats=FORMATS
    )
    with tempfile.TemporaryDirectory() as folder:
        try:
            with generated_package(library, Path(folder)) as package:
                decoder = msgspec.json.Decoder(package.models.Thing)
                for message in data.draw(st.lists(values(found, Direction.SENT), min_size=3, max_size=6)):
                    text = package.operation.encoded(decoder.decode(json.dumps(message)))
                    written = json.loads(text)
                    assert valid.is_valid(written)
                    assert {key: written[key] for key in message} == message
                    _assert_refused_alike(decoder, valid, {**message, "a": data.draw(_ANYTHING)})
        except ConfigurationError as error:
            assert "does not fit" in str(error)  # noqa: PT017 - a union has no such default


def _assert_refused_alike(
    decoder: msgspec.json.Decoder[object], valid: jsonschema_rs.Draft202012Validator, message: object
) -> None:
    """What the schema refuses is refused, and nothing else; texts for decimals are found by what reads requests."""
    try:
        read = decoder.decode(json.dumps(message))
    except msgspec.ValidationError:
        assert not valid.is_valid(message)
    else:
        text = text_for_number(message, json.loads(encoded(read)))
        assert valid.is_valid(message) == (text is None)


@pytest.mark.parametrize("default", ["'blue'", "'Red'"])
def test_a_default_that_is_no_value_of_its_enum_is_told(default: str, tmp_path: Path) -> None:
    """With its place, before anything is written."""
    text = f"""{{ name: 'reviews', namespace: 'a.v0', version: '0.1.0', enums: {{ colour: {{ values: ['red'] }} }},
      models: {{ thing: {{ fields: [{{ name: 'a', type: 'colour', default: {default} }}] }} }} }}"""
    with (
        pytest.raises(ConfigurationError, match="the default of a does not fit its type"),
        generated_package(library_of({"reviews": text}, "reviews"), tmp_path),
    ):
        pass
    assert not [*tmp_path.iterdir()]


LOCAL = """{ name: 'reviews', namespace: 'a.v0', version: '0.1.0',
  models: { visit: { fields: [
    { name: 'id', type: 'long' }, { name: 'at', type: 'date-time-local' }, { name: 'seen', type: 'date-time-iso8601' },
    { name: 'others', type: '[date-time-local]', required: false },
    { name: 'opens', type: 'date-time-local', default: '2026-01-31T09:00:00' },
  ] } },
  resources: { visit: { path: '/visits', operations: [] } } }"""


def test_a_local_time_stays_without_an_offset_and_one_that_has_an_offset_is_refused(tmp_path: Path) -> None:
    """Where it is read, and where a handler makes it: a service that dropped or made up an offset would shift it."""
    visit = {"id": 1, "at": "2026-03-29T02:30:00.500000", "seen": "2026-01-31T12:00:00Z"}
    with generated_package(library_of({"reviews": LOCAL}, "reviews"), tmp_path) as package:
        decoder = msgspec.json.Decoder(package.models.Visit)
        read = decoder.decode(json.dumps({**visit, "others": ["2026-01-31T12:00:00"]}))
        assert read.at == datetime(2026, 3, 29, 2, 30, 0, 500_000)  # noqa: DTZ001 - it is in no time zone
        written = json.loads(package.operation.encoded(read))
        assert written == {**visit, "others": ["2026-01-31T12:00:00"], "opens": "2026-01-31T09:00:00"}
        for text in ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00+02:00"):
            with pytest.raises(msgspec.ValidationError, match=r"no timezone component - at `\$\.at`"):
                decoder.decode(json.dumps({**visit, "at": text}))
        aware = datetime(2026, 1, 31, 12, tzinfo=UTC)
        for changed in ({"at": aware}, {"others": [aware]}):
            (name,) = changed
            with pytest.raises(ValueError, match=f"{name} must have no offset from UTC"):
                msgspec.structs.replace(read, **changed)
    columns = (tmp_path / package.modules["models"].__name__.partition(".")[0] / "generated" / "tables.sql").read_text()
    assert '"at" timestamp NOT NULL' in columns
    assert """"opens" timestamp NOT NULL DEFAULT '2026-01-31T09:00:00'""" in columns
    assert '"seen" timestamptz NOT NULL' in columns
