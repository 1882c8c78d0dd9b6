"""Finds where a JSON value does not fit its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from strangler.contracts.bounds import Measure, is_in_bounds, measure
from strangler.contracts.built_in_values import is_built_in
from strangler.contracts.document import Enumeration, Field, Model, Union
from strangler.contracts.library import Library
from strangler.contracts.personal_data import is_personal
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, NamedType, Type, short_text
from strangler.contracts.verification.finding import ContractRule
from strangler.model.json_value import Json, JsonObject
from strangler.model.location import Location

_LONGEST = 60
_TEXT_FORMATS = frozenset({BuiltIn.UUID, BuiltIn.DATE, BuiltIn.DATE_TIME, BuiltIn.DATE_TIME_LOCAL})
_WHOLE = frozenset({BuiltIn.INTEGER, BuiltIn.LONG})


@dataclass(frozen=True, slots=True)
class Misfit:
    """One part of a value that is not as declared; its `path` has ``*`` for indexes and for keys that are data."""

    rule: ContractRule
    path: str
    expected: str
    came: str
    place: Location


@dataclass(frozen=True, slots=True)
class _Spot:
    """The current position in a value, and the place in the document that declares it."""

    path: str
    place: Location
    is_personal: bool = False

    def below(self, name: str) -> _Spot:
        return _Spot(f"{self.path}/{name}", self.place, self.is_personal)

    def of(self, field: Field) -> _Spot:
        return _Spot(f"{self.path}/{field.name}", field.place, self.is_personal or is_personal(field))

    def misfit(self, rule: ContractRule, expected: str, value: Json) -> Misfit:
        return Misfit(
            rule, self.path or "/", expected, kind_of_value(value) if self.is_personal else shown(value), self.place
        )


def misfits(value: Json, type_: Type, place: Location, library: Library) -> Iterator[Misfit]:
    """Everything in an answered or published value that does not fit its type.

    `place` is where the document names the type. Values declared as personal data are not shown.
    """
    return _of_type(value, type_, _Spot("", place), library)


def shown(value: Json) -> str:
    """A value for a message: JSON, truncated if it is long."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def kind_of_value(value: Json) -> str:
    """The kind of a value, without the value itself."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case Mapping():
            return "an object"
        case _:
            return "an array"


def _of_type(value: Json, type_: Type, spot: _Spot, library: Library) -> Iterator[Misfit]:
    match type_:
        case ArrayType(item):
            if not isinstance(value, Sequence) or isinstance(value, str):
                yield spot.misfit(ContractRule.TYPE, short_text(type_), value)
                return
            for one in value:
                yield from _of_type(one, item, spot.below("*"), library)
        case MapType(inner):
            if not isinstance(value, Mapping):
                yield spot.misfit(ContractRule.TYPE, short_text(type_), value)
                return
            for one in value.values():
                yield from _of_type(one, inner, spot.below("*"), library)
        case NamedType():
            if type_.built_in is not None:
                yield from _of_built_in(value, type_.built_in, spot)
            else:
                yield from _of_declared(value, type_, spot, library)


def _of_built_in(value: Json, type_: BuiltIn, spot: _Spot) -> Iterator[Misfit]:
    if isinstance(value, float) and value.is_integer() and type_ in _WHOLE:
        # 5.0 is an integer (JSON Schema 2020-12, section 4.2.3).
        value = int(value)
    if is_built_in(value, type_):
        return
    is_form = isinstance(value, str) and type_ in _TEXT_FORMATS
    is_size = isinstance(value, int) and not isinstance(value, bool) and type_ in _WHOLE
    rule = ContractRule.FORMAT if is_form else ContractRule.BOUND if is_size else ContractRule.TYPE
    yield spot.misfit(rule, type_, value)


def _of_declared(value: Json, type_: NamedType, spot: _Spot, library: Library) -> Iterator[Misfit]:
    match library.declarations[type_.name]:
        case Enumeration() as found:
            if not isinstance(value, str):
                yield spot.misfit(ContractRule.TYPE, type_.short, value)
            elif all(value != item.name for item in found.values):
                yield spot.misfit(ContractRule.ENUM, f"one of {', '.join(item.name for item in found.values)}", value)
        case Model() as model:
            if isinstance(value, Mapping):
                yield from _of_model(value, model, spot, library, frozenset())
            else:
                yield spot.misfit(ContractRule.TYPE, type_.short, value)
        case Union() as union:
            yield from _of_union(value, union, spot, library)


def _of_union(value: Json, union: Union, spot: _Spot, library: Library) -> Iterator[Misfit]:
    if not isinstance(value, Mapping):
        yield spot.misfit(ContractRule.TYPE, union.name, value)
        return
    name = value.get(union.discriminator)
    member = next((item for item in union.members if item.value == name), None)
    if member is None:
        expected = f"one of {', '.join(item.value for item in union.members)}"
        came = "nothing" if union.discriminator not in value else shown(name)
        yield Misfit(ContractRule.DISCRIMINATOR, f"{spot.path}/{union.discriminator}", expected, came, union.place)
        return
    model = library.model(member.type)
    assert model is not None
    yield from _of_model(value, model, spot, library, frozenset({union.discriminator}))


def _of_model(
    value: JsonObject, model: Model, spot: _Spot, library: Library, besides: frozenset[str]
) -> Iterator[Misfit]:
    known = {field.name for field in model.fields} | besides
    for field in model.fields:
        if field.name in value:
            yield from _of_field(value[field.name], field, spot.of(field), library)
        elif field.required or field.default is not None:
            path = f"{spot.path}/{field.name}"
            yield Misfit(ContractRule.MISSING_FIELD, path, short_text(field.type), "nothing", field.place)
    for name in value:
        if name not in known:
            path = f"{spot.path}/{name}"
            yield Misfit(ContractRule.UNKNOWN_FIELD, path, f"the fields of {model.name}", name, model.place)


def _of_field(value: Json, field: Field, spot: _Spot, library: Library) -> Iterator[Misfit]:
    if value is None and field.type != NamedType(BuiltIn.JSON):
        may_lack = not field.required and field.default is None
        rule = ContractRule.NULL if may_lack else ContractRule.TYPE
        expected = f"{short_text(field.type)}, or nothing at all" if may_lack else short_text(field.type)
        yield spot.misfit(rule, expected, value)
        return
    wrong = [*_of_type(value, field.type, spot, library)]
    yield from wrong
    what = measure(field.type)
    if what is None or any(item.path == spot.path for item in wrong):
        return
    if not is_in_bounds(value, field.minimum, field.maximum):
        unit = "" if what is Measure.NUMBER else f", {what}"
        expected = f"{short_text(field.type)}{bounds_text(field)}{unit}"
        amount = value if what is Measure.NUMBER or not isinstance(value, Sequence) else len(value)
        yield spot.misfit(ContractRule.BOUND, expected, amount)


def bounds_text(field: Field) -> str:
    """The bounds in words, `` from 1 to 5``; empty if a field has none."""
    low = "" if field.minimum is None else f" from {field.minimum:g}"
    high = "" if field.maximum is None else f" to {field.maximum:g}"
    return f"{low}{high}"
