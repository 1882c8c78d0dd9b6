"""Values to send of a type: an ordinary one, those at its bounds, and those just beyond them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from uuid import UUID

from strangler.contracts.document import Enumeration, Field, Model, Union
from strangler.contracts.library import Library
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, NamedType, Type, innermost
from strangler.contracts.verification.misfit import misfits
from strangler.contracts.verification.scalar_sample import (
    AN_ARRAY,
    AN_OBJECT,
    Expectation,
    Sample,
    at_bounds,
    ordinary_text,
)
from strangler.model.errors import InputError
from strangler.model.json_value import Json

_DEEPEST = 12
"""The nesting of models beyond which optional fields are left out."""
_VARIED = 4
"""The nesting of models up to which fields are varied one by one."""
_FILLED = 2
"""The nesting of models up to which arrays get an element that is not required."""
_LONGEST_ARRAY = 200


class EndlessTypeError(InputError):
    """A model requires itself, so that no finite value of it exists."""

    def __init__(self, model: Model) -> None:
        super().__init__(
            f"the model {model.name} needs itself, and has no value that ends",
            where=str(model.place),
            remedy="let the field that leads back be required: false, or an array",
        )
        self.model = model


@dataclass(frozen=True, slots=True)
class Samples:
    """Makes values of the types of some documents; equal random numbers give equal values."""

    library: Library
    random: Random

    def ordinary(self, field: Field, depth: int = 0) -> Json:
        """A value that no program stumbles over: the document's example, its default, or one within the bounds."""
        for given in (field.example, field.default):
            if given is not None and self._is_one(given, field.type):
                return given
        return self.of_type(field.type, field, depth)

    def _is_one(self, given: Json, type_: Type) -> bool:
        """Whether an example fits its type; the reader of documents only checks this for built-in types."""
        inner = innermost(type_)
        if inner.built_in is not None:
            return True
        found = self.library.enumeration(inner)
        return found is not None and next(misfits(given, type_, found.place, self.library), None) is None

    def of_type(self, type_: Type, bounds: Field | None = None, depth: int = 0) -> Json:
        """An ordinary value of a type; EndlessTypeError if there is none."""
        match type_:
            case ArrayType(item):
                return [self.of_type(item, None, depth) for _ in range(_ordinary_count(bounds, depth))]
            case MapType():
                return {}
            case NamedType():
                return self._of_named(type_, bounds, depth)

    def _of_named(self, type_: NamedType, bounds: Field | None, depth: int) -> Json:
        built_in = type_.built_in
        if built_in is BuiltIn.UUID:
            return str(UUID(int=self.random.getrandbits(128), version=4))
        if built_in is not None:
            return ordinary_text(built_in, bounds)
        match self.library.declarations[type_.name]:
            case Enumeration(values=values):
                return values[0].name
            case Model() as model:
                return self.of_model(model, depth)
            case Union(discriminator=name, members=members):
                return {**self._member(members[0].type, depth), name: members[0].value}

    def _member(self, type_: NamedType, depth: int) -> dict[str, Json]:
        model = self.library.model(type_)
        assert model is not None
        return self.of_model(model, depth)

    def of_model(self, model: Model, depth: int = 0) -> dict[str, Json]:
        """The required fields of a model, and nothing else."""
        if depth > _DEEPEST:
            raise EndlessTypeError(model)
        return {field.name: self.ordinary(field, depth + 1) for field in model.fields if field.must_be_sent}

    def varied(self, type_: Type, bounds: Field | None = None, depth: int = 0) -> Iterator[Sample]:
        """Valid and invalid values that differ from the ordinary one in one respect each."""
        match type_:
            case ArrayType(item):
                yield from self._arrays(item, bounds, depth)
            case MapType(inner):
                yield from (item.within("a value of it", {"a": item.value}) for item in self.varied(inner, None, depth))
                yield AN_ARRAY
            case NamedType():
                yield from self._varied_named(type_, bounds, depth)

    def _arrays(self, item: Type, bounds: Field | None, depth: int) -> Iterator[Sample]:
        one = self.of_type(item, None, depth)
        low = None if bounds is None or bounds.minimum is None else int(bounds.minimum)
        high = None if bounds is None or bounds.maximum is None else int(bounds.maximum)
        for count, name in ((low, "the fewest"), (high, "the most")):
            if count is not None and count <= _LONGEST_ARRAY:
                yield Sample(f"has {name} elements, {count}", [one] * count, Expectation.SERVED)
        if low is not None and 0 < low <= _LONGEST_ARRAY:
            yield Sample(f"has too few elements, {low - 1}", [one] * (low - 1), Expectation.REFUSED)
        if high is not None and high < _LONGEST_ARRAY:
            yield Sample(f"has too many elements, {high + 1}", [one] * (high + 1), Expectation.REFUSED)
        yield AN_OBJECT
        rest = [one] * max(0, (low or 0) - 1)
        if high is None or high > 0:
            yield from (found.within("an element", [found.value, *rest]) for found in self.varied(item, None, depth))

    def _varied_named(self, type_: NamedType, bounds: Field | None, depth: int) -> Iterator[Sample]:
        if type_.built_in is not None:
            yield from at_bounds(type_.built_in, bounds)
            return
        match self.library.declarations[type_.name]:
            case Enumeration(values=values):
                yield from (Sample(f"is {item.name}", item.name, Expectation.SERVED) for item in values)
                yield Sample("is no value of the enum", _unlike([item.name for item in values]), Expectation.REFUSED)
            case Model() as model:
                yield from self._models(model, {}, depth)
                yield AN_ARRAY
            case Union(discriminator=name, members=members):
                for member in members:
                    model = self.library.model(member.type)
                    assert model is not None
                    named = {name: member.value}
                    yield Sample(
                        f"is of the type {member.value}", {**self.of_model(model, depth), **named}, Expectation.SERVED
                    )
                    yield from self._models(model, named, depth)
                wrong = _unlike([item.value for item in members])
                first = self._member(members[0].type, depth)
                yield Sample(f"has a {name} of no type", {**first, name: wrong}, Expectation.REFUSED)

    def _models(self, model: Model, besides: Mapping[str, Json], depth: int) -> Iterator[Sample]:
        if depth > _VARIED:
            return
        base = {**self.of_model(model, depth), **besides}
        optional = [field for field in model.fields if not field.must_be_sent]
        if optional and depth < _VARIED:
            full = {field.name: self.ordinary(field, depth + 1) for field in optional}
            yield Sample("has all fields", {**base, **full}, Expectation.SERVED)
        yield Sample("has a field that is not declared", {**base, "undeclared_field": 1}, Expectation.EITHER)
        for field in model.fields:
            if field.must_be_sent:
                rest = {name: value for name, value in base.items() if name != field.name}
                yield Sample(f"lacks {field.name}", rest, Expectation.REFUSED)
                if field.type != NamedType(BuiltIn.JSON):
                    yield Sample(f"has null for {field.name}", {**base, field.name: None}, Expectation.REFUSED)
            for found in self.varied(field.type, field, depth + 1):
                yield found.within(field.name, {**base, field.name: found.value})

    def drawn(self, model: Model, depth: int = 0) -> dict[str, Json]:
        """A valid value of a model that differs from the ordinary one in several respects."""
        made = self.of_model(model, depth)
        for field in model.fields:
            if field.must_be_sent or self.random.random() < 1 / 2:
                made[field.name] = self.served_value(field, depth + 1)
        return made

    def served_value(self, field: Field, depth: int = 0) -> Json:
        """The ordinary value of a field, or one at its bounds."""
        ordinary = self.ordinary(field, depth)
        found = [
            item.value for item in self.varied(field.type, field, _VARIED) if item.expectation is Expectation.SERVED
        ]
        return self.random.choice([ordinary, *found])


def _ordinary_count(bounds: Field | None, depth: int) -> int:
    low = 0 if bounds is None or bounds.minimum is None else int(bounds.minimum)
    wanted = low if depth > _FILLED else max(low, 1)
    return wanted if bounds is None or bounds.maximum is None else min(wanted, int(bounds.maximum))


def _unlike(names: Sequence[str]) -> str:
    wrong = "no_such_value"
    while wrong in names:
        wrong += "_"
    return wrong
