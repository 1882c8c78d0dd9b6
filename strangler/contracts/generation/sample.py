"""Small valid samples of each type, which the generated tests send."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from strangler.contracts.document import Enumeration, Field, Model, Union
from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, NamedType, Type
from strangler.model.json_value import Json, JsonObject

_DEEPEST, _LONGEST, _MOST = 6, 1000, 100
_BITS = {BuiltIn.INTEGER: 31, BuiltIn.LONG: 63}
_TEXTS = {
    BuiltIn.UUID: "8f14e45f-ceea-467f-9b3c-4d0c5e1a7b21",
    BuiltIn.DATE: "2026-01-31",
    BuiltIn.DATE_TIME: "2026-01-31T12:00:00Z",
    BuiltIn.DATE_TIME_LOCAL: "2026-01-31T12:00:00",
}


class NoSampleError(ValueError):
    """A type has no sample, or none small enough to show."""


@dataclass(frozen=True)
class Samples:
    """Makes sample values; NoSampleError if a type has none."""

    blueprint: Blueprint

    def of_field(self, field: Field, depth: int = 0) -> Json:
        """A value of a field."""
        least, most = field.minimum, field.maximum
        match field.type:
            case ArrayType(item):
                count = max(int(least or 0), 0 if most == 0 or depth > 2 else 1)
                if count > _MOST:
                    raise NoSampleError
                try:
                    return [self.of(item, depth) for _ in range(count)]
                except NoSampleError:
                    if least:
                        raise
                    return []
            case NamedType(BuiltIn.STRING):
                length = max(int(least or 0), min(6, 6 if most is None else int(most)))
                if length > _LONGEST:
                    raise NoSampleError
                return ("sample" * _LONGEST)[:length]
            case NamedType(BuiltIn.INTEGER | BuiltIn.LONG):
                return _whole(BuiltIn(field.type.name), least, most)
            case NamedType(BuiltIn.DECIMAL | BuiltIn.DOUBLE):
                return least if least is not None else min(1, 1 if most is None else most)
            case _:
                return self.of(field.type, depth)

    def of(self, type_: Type, depth: int = 0) -> Json:
        """A value of a type."""
        if depth > _DEEPEST:
            raise NoSampleError
        match type_:
            case ArrayType(item):
                return [self.of(item, depth + 1)] if depth < 3 else []
            case MapType(value):
                return {"key": self.of(value, depth + 1)} if depth < 3 else {}
            case NamedType() if type_.built_in is not None:
                return _built_in(type_.built_in)
            case NamedType(name):
                return self._declared(name, depth + 1)

    def _declared(self, name: str, depth: int) -> Json:
        match self.blueprint.library.declarations[name]:
            case Enumeration(values=values):
                return values[0].name
            case Model() as model:
                return dict(self._fields(model, depth, None))
            case Union() as union:
                return next(self._members(union, depth), None) or _none()

    def _members(self, union: Union, depth: int) -> Iterator[JsonObject]:
        for member in union.members:
            model = self.blueprint.library.declarations[member.type.name]
            assert isinstance(model, Model)
            try:
                found = dict(self._fields(model, depth, union.discriminator))
            except NoSampleError:
                continue
            yield {union.discriminator: member.value, **found}

    def _fields(self, model: Model, depth: int, discriminator: str | None) -> Iterator[tuple[str, Json]]:
        for field in model.fields:
            if field.name != discriminator and (field.must_be_sent or field.default is not None):
                default = field.default
                yield field.name, self.of_field(field, depth) if default is None else default


def _none() -> Json:
    raise NoSampleError


def _whole(type_: BuiltIn, least: float | None, most: float | None) -> int:
    limit = 2 ** _BITS[type_]
    found = max(-limit, ceil(least)) if least is not None else max(-limit, min(1, limit if most is None else int(most)))
    if found >= limit or (most is not None and found > most):
        raise NoSampleError
    return found


def _built_in(type_: BuiltIn) -> Json:
    match type_:
        case BuiltIn.BOOLEAN:
            return True
        case BuiltIn.INTEGER | BuiltIn.LONG:
            return 1
        case BuiltIn.DECIMAL | BuiltIn.DOUBLE:
            return 1.5
        case BuiltIn.UUID | BuiltIn.DATE | BuiltIn.DATE_TIME | BuiltIn.DATE_TIME_LOCAL:
            return _TEXTS[type_]
        case BuiltIn.OBJECT:
            return {"key": "value"}
        case _:
            return "sample"
