"""Writes a field as a line of a document, from its schema, with notes on what is left to decide."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from strangler.contracts.bounds import Measure, is_in_bounds, measure
from strangler.contracts.built_in_values import is_built_in
from strangler.contracts.importing.openapi_source import Part, text
from strangler.contracts.json5 import is_array
from strangler.contracts.type_reference import ArrayType, BuiltIn, NamedType, Type, parse_type
from strangler.model.json_value import Json

_BOUNDS: Mapping[Measure, tuple[str, str]] = {
    Measure.NUMBER: ("minimum", "maximum"),
    Measure.LENGTH: ("minLength", "maxLength"),
    Measure.COUNT: ("minItems", "maxItems"),
}
_LARGEST = 2**63
_PASSED_OVER = ("pattern", "multipleOf", "uniqueItems", "readOnly", "writeOnly", "exclusiveMinimum", "exclusiveMaximum")


@dataclass(frozen=True, slots=True)
class Imported:
    """The type of a schema as a document writes it. `schema` is what the schema itself says, without its references.

    `values` are those of an enum. `notes` say what the document cannot express.
    """

    type: str
    schema: Part
    nullable: bool = False
    values: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def field_line(name: str, given: str, found: Imported, *, is_sure: bool, more: str = "") -> str:
    """The line of a field, called `given` in the source; `is_sure` if it is always present."""
    type_ = parse_type(found.type)
    bounds = dict(_bounds(type_, found.schema))
    parts = [f"name: {quoted(name)}", f"type: {quoted(found.type)}", *([more] if more else [])]
    notes = [
        *found.notes,
        *(key for key in _PASSED_OVER if found.schema.get(key) is not None and found.schema[key] is not False),
    ]
    default = found.schema.get("default")
    is_fit = _fits(default, type_, found, bounds)
    if default is not None and not is_fit:
        notes.append("default")
    if (not is_sure and not is_fit) or found.nullable:
        parts.append("required: false")
    if found.nullable:
        notes.append("null, which is what is left out here")
    parts += [f"{key}: {value}" for key, value in bounds.items()]
    if is_fit and not found.nullable:
        parts.append(f"default: {quoted(default)}")
    if described := text(found.schema, "description"):
        parts.append(f"description: {quoted(described)}")
    if found.schema.get("deprecated") is True:
        parts.append('deprecation: "deprecated"')
    if name != given:
        notes.insert(0, f"it is called {given}")
    return f"{{ {', '.join(parts)} }},{decide(notes)}"


def decide(notes: Sequence[str]) -> str:
    """What people have to decide, as a comment on one line."""
    return f" // decide: {' '.join(', '.join(notes).split())}" if notes else ""


def quoted(value: object) -> str:
    """A value as JSON, which is valid JSON5."""
    return json.dumps(value, ensure_ascii=False)


def _bounds(type_: Type, schema: Part) -> Iterator[tuple[str, str]]:
    what = measure(type_)
    if what is None:
        return
    found: list[tuple[str, float]] = []
    for key, given in zip(("minimum", "maximum"), _BOUNDS[what], strict=True):
        value = schema.get(given)
        if isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST < value < _LARGEST:
            found.append((key, value))
    if len(found) == 2 and found[0][1] > found[1][1]:
        return
    for key, value in found:
        if what is Measure.NUMBER or (value >= 0 and value % 1 == 0):
            yield key, json.dumps(int(value) if value % 1 == 0 else value)


def _fits(value: object, type_: Type, found: Imported, bounds: Mapping[str, str]) -> bool:
    """Whether a default is of the type and within its bounds; the only array accepted is an empty one."""
    if not _is_plain(value):
        return False
    low, high = (float(bounds[key]) if key in bounds else None for key in ("minimum", "maximum"))
    if found.values:
        return value in found.values
    is_one = (isinstance(type_, ArrayType) and value == []) or (
        isinstance(type_, NamedType) and type_.name in {*BuiltIn} and is_built_in(value, BuiltIn(type_.name))
    )
    return is_one and is_in_bounds(value, low, high)


def _is_plain(value: object) -> TypeGuard[Json]:
    return isinstance(value, str | int | float | bool) or (is_array(value) and not value)
