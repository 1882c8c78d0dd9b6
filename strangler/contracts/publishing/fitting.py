"""Fits values of rows to the types of a design document; the path of a value that does not fit is reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import TypeAlias, TypeGuard

from strangler.contracts.bounds import is_in_bounds
from strangler.contracts.built_in_values import is_built_in
from strangler.contracts.document import Enumeration, Field, Model, Union
from strangler.contracts.library import Library
from strangler.contracts.personal_data import is_personal
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, NamedType, Type, short_text
from strangler.model.events import PersonalData

Exact: TypeAlias = "str | int | float | bool | Decimal | Mapping[str, Exact] | Sequence[Exact] | None"
"""A JSON value whose numbers keep all their digits."""


class UnfitError(Exception):
    """A value is not of its type; `path` names its field, as in ``review.stars``."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")


@dataclass(frozen=True, slots=True)
class Fitting:
    """Fits values to the types of a library; `personal_data` says how fields with personal data are treated."""

    library: Library
    personal_data: PersonalData

    def model(self, model: Model, row: Mapping[str, Exact], path: str) -> dict[str, Exact]:
        """The fields of a model, taken from the object's members of the same names; other members are dropped."""
        fields: dict[str, Exact] = {}
        for field in model.fields:
            here = f"{path}.{field.name}"
            personal = is_personal(field)
            if personal and self.personal_data is PersonalData.LEAVE_OUT:
                continue
            value = row.get(field.name)
            if value is None:
                value = field.default
            if value is None:
                if field.required:
                    raise UnfitError(here, "is required, and NULL or not there")
                continue
            fields[field.name] = _hashed(value, here) if self._hashes(field) else self._field(field, value, here)
        return fields

    def _hashes(self, field: Field) -> bool:
        return is_personal(field) and self.personal_data is PersonalData.HASH

    def _field(self, field: Field, value: Exact, path: str) -> Exact:
        fitted = self.value(field.type, value, path)
        measured = float(fitted) if isinstance(fitted, Decimal) else fitted
        if _is_plain(measured) and not is_in_bounds(measured, field.minimum, field.maximum):
            raise UnfitError(path, f"is out of its bounds, {_bounds(field)}")
        return fitted

    def value(self, type_: Type, value: Exact, path: str) -> Exact:
        """A value as one of the type; UnfitError if it is not."""
        match type_:
            case ArrayType(item):
                if isinstance(value, list):
                    return [self.value(item, one, f"{path}[{place}]") for place, one in enumerate(value)]
            case MapType(item):
                if isinstance(value, Mapping):
                    return {key: self.value(item, one, f"{path}.{key}") for key, one in value.items()}
            case NamedType():
                built_in = type_.built_in
                return self._declared(type_, value, path) if built_in is None else _built_in(built_in, value, path)
        raise UnfitError(path, f"is no {short_text(type_)}")

    def _declared(self, type_: NamedType, value: Exact, path: str) -> Exact:
        match self.library.declarations.get(type_.name):
            case Enumeration() as enum if isinstance(value, str):
                if value in {one.name for one in enum.values}:
                    return value
                raise UnfitError(path, f"is none of the values of {type_.short}")
            case Model() as model if isinstance(value, Mapping):
                return self.model(model, value, path)
            case Union() as union if isinstance(value, Mapping):
                return self._member(union, value, path)
            case _:
                raise UnfitError(path, f"is no {type_.short}")

    def _member(self, union: Union, value: Mapping[str, Exact], path: str) -> Exact:
        named = value.get(union.discriminator)
        for member in union.members:
            model = self.library.model(member.type)
            if member.value == named and model is not None:
                return {union.discriminator: named, **self.model(model, value, path)}
        raise UnfitError(path, f"has no {union.discriminator} that {union.name} knows")


def _built_in(type_: BuiltIn, value: Exact, path: str) -> Exact:
    match type_:
        case BuiltIn.DECIMAL | BuiltIn.DOUBLE:
            fits = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        case BuiltIn.OBJECT:
            fits = isinstance(value, Mapping)
        case BuiltIn.JSON:
            fits = True
        case BuiltIn.DATE_TIME_LOCAL if _has_offset(value):
            raise UnfitError(path, f"has an offset, which a {type_} does not have")
        case BuiltIn.DATE_TIME if isinstance(value, str):
            # A moment without a zone is in UTC, as the copy takes it.
            value = value if is_built_in(value, type_) else f"{value}Z"
            fits = is_built_in(value, type_)
        case _:
            fits = _is_plain(value) and is_built_in(value, type_)
    if not fits:
        raise UnfitError(path, f"is no {type_}")
    return value


def _has_offset(value: Exact) -> bool:
    return _is_plain(value) and is_built_in(value, BuiltIn.DATE_TIME)


def _is_plain(value: Exact) -> TypeGuard[str | int | float | bool | list[str]]:
    """Whether a value has no exact number whose bounds matter: arrays are only bounded by their count."""
    return isinstance(value, str | int | float | bool | list)


def _hashed(value: Exact, path: str) -> str:
    if not isinstance(value, str):
        raise UnfitError(path, "is no string, so its hash is none")
    return sha256(value.encode()).hexdigest()


def _bounds(field: Field) -> str:
    low = "" if field.minimum is None else f"{field.minimum:g}"
    high = "" if field.maximum is None else f"{field.maximum:g}"
    return f"{low}..{high}"
