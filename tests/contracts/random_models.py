"""Random models, changes to them, and random messages of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from strangler.contracts.built_in_values import is_built_in
from strangler.contracts.type_reference import BuiltIn
from strangler.contracts.use import Direction

_TIMES = ("date-time-iso8601", "date-time-local")
_TYPES = ("boolean", "integer", "long", "decimal", "double", "string", "uuid", *_TIMES, "json", "object")
_KINDS = (*_TYPES, "[integer]", "[string]", "map[uuid]", "colour", "[colour]", "part", "[part]", "either")
_DEFAULTS: dict[str, object] = {
    "boolean": False,
    "integer": 1,
    "string": "a",
    "[string]": ["a"],
    "colour": "red",
    "either": {},
}
_COLOURS = ("red", "green", "blue")


def _is_local_time(text: str) -> bool:
    return is_built_in(text, BuiltIn.DATE_TIME_LOCAL)


FORMATS = {"date-time-local": _is_local_time}
"""What validators of JSON Schema have to be taught: the format is OpenAPI's."""


@dataclass(frozen=True)
class RandomField:
    """A field of the model; bounds are small, so that a message is easily made."""

    name: str
    type: str
    required: bool
    maximum: int | None
    has_default: bool = False


@dataclass(frozen=True)
class Fields:
    """A model's fields, the values of the enum they may be of, the field of the model, and the types of the union."""

    fields: tuple[RandomField, ...]
    colours: tuple[str, ...]
    part: RandomField
    members: tuple[str, ...]


def _field(name: str) -> st.SearchStrategy[RandomField]:
    return st.builds(RandomField, st.just(name), st.sampled_from(_KINDS), st.booleans(), _MAXIMA, st.booleans())


_MAXIMA = st.sampled_from([None, 1, 2, 3])
_PART = st.builds(
    RandomField, st.just("p"), st.sampled_from(["integer", "long", "string", "json"]), st.booleans(), _MAXIMA
)
_MEMBERS = st.lists(st.sampled_from(["part", "piece"]), min_size=1, unique=True).map(tuple)


_COLOUR_SETS = st.lists(st.sampled_from(_COLOURS), min_size=1, unique=True).map(tuple)
FIELDS = st.builds(Fields, st.tuples(_field("a"), _field("b")), _COLOUR_SETS, _PART, _MEMBERS)


@st.composite
def changed(draw: st.DrawFn, old: Fields) -> Fields:
    """The model with few changes, or none."""
    fields = list(old.fields)
    match draw(st.sampled_from(["type", "field", "maximum", "add", "remove", "colours", "part", "members", "nothing"])):
        case "type":
            fields[0] = replace(fields[0], type=draw(st.sampled_from(_KINDS)))
        case "field":
            fields[0] = replace(fields[0], required=draw(st.booleans()), has_default=draw(st.booleans()))
        case "maximum":
            fields[0] = replace(fields[0], maximum=draw(st.sampled_from([None, 1, 2, 3])))
        case "add":
            fields.append(draw(_field("c")))
        case "remove":
            fields.pop()
        case "colours":
            return replace(old, colours=draw(_COLOUR_SETS))
        case "part":
            return replace(old, part=draw(_PART))
        case "members":
            return replace(old, members=draw(_MEMBERS))
        case _:
            pass
    return replace(old, fields=tuple(fields))


def document(found: Fields) -> str:
    """The text of a document that sends the model, and answers with it."""
    fields = [_field_of(item) for item in found.fields]
    operation = {"method": "POST", "body": {"type": "thing"}, "responses": {"200": {"type": "thing"}}}
    return json.dumps(
        {
            "name": "a",
            "namespace": "a.v0",
            "version": "0.1.0",
            "enums": {"colour": {"values": found.colours}},
            "models": {
                "thing": {"fields": fields},
                "part": {"fields": [_field_of(found.part)]},
                "piece": {"fields": []},
            },
            "unions": {"either": {"discriminator": "d", "types": [{"type": name} for name in found.members]}},
            "resources": {"thing": {"path": "/things", "operations": [operation]}},
        }
    )


def _field_of(item: RandomField) -> dict[str, object]:
    field: dict[str, object] = {"name": item.name, "type": item.type, "required": item.required}
    if item.maximum is not None and _has_bounds(item.type):
        field["maximum"] = item.maximum
    if _is_given(item):
        field["default"] = _DEFAULTS[item.type]
    return field


def _is_given(item: RandomField) -> bool:
    return item.has_default and item.type in _DEFAULTS


def _has_bounds(type_: str) -> bool:
    return type_.startswith("[") or type_ in {"integer", "long", "decimal", "double", "string"}


@st.composite
def values(draw: st.DrawFn, found: Fields, way: Direction) -> dict[str, object]:
    """A message with all that must be there, and some of the rest; a default is left to be by who sends it."""
    return draw(_object(found.fields, found, way))


@st.composite
def _object(
    draw: st.DrawFn, fields: tuple[RandomField, ...], found: Fields, way: Direction, **more: str
) -> dict[str, object]:
    chosen: dict[str, object] = {**more}
    for item in fields:
        is_sure = (
            item.required or _is_given(item) if way is Direction.ANSWERED else item.required and not _is_given(item)
        )
        if is_sure or draw(st.booleans()):
            chosen[item.name] = draw(_value(item.type, item.maximum, found, way))
    return chosen


def _value(type_: str, maximum: int | None, found: Fields, way: Direction) -> st.SearchStrategy[object]:
    if type_.startswith("["):
        return st.lists(_value(type_[1:-1], None, found, way), max_size=4 if maximum is None else maximum)
    top = 2**31 - 1 if maximum is None else maximum
    match type_:
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(-(2**31), top)
        case "long":
            return st.integers(-(2**63), 2**63 - 1 if maximum is None else maximum)
        case "decimal" | "double":
            return st.floats(-1e9, top)
        case "string":
            return st.text("ab", max_size=6 if maximum is None else maximum)
        case "uuid":
            return st.uuids().map(str)
        case "date-time-iso8601":
            return st.just("2026-11-30T12:00:00Z")
        case "date-time-local":
            return st.sampled_from(["2026-11-30T12:00:00", "2026-03-29T02:30:00.500000"])
        case "colour":
            return st.sampled_from(found.colours)
        case "part":
            return _object((found.part,), found, way)
        case "either":
            parts = {"part": (found.part,), "piece": ()}
            return st.sampled_from(found.members).flatmap(lambda name: _object(parts[name], found, way, d=name))
        case "map[uuid]":
            return st.dictionaries(st.text("ab", max_size=2), st.uuids().map(str), max_size=2)
        case "object":
            return st.dictionaries(st.text("ab", max_size=2), st.integers(), max_size=2)
        case _:
            return st.none() | st.integers() | st.text("ab", max_size=2)
