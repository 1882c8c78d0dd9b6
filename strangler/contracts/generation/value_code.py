"""Writes JSON values of a document, such as defaults, as Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strangler.contracts.bounds import is_in_bounds
from strangler.contracts.document import Enumeration, Field, Model, Union
from strangler.contracts.generation.python_names import attributes, member_name, told_apart
from strangler.contracts.generation.python_text import Code, Group, call, entry, json_literal, keyword, literal
from strangler.contracts.generation.type_code import TypeCode
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, NamedType, Type
from strangler.model.json_value import Json


class UnfitValueError(ValueError):
    """A value does not fit its type."""


@dataclass(frozen=True)
class ValueCode:
    """Writes the values of one module; UnfitValueError for a value that its type does not allow."""

    types: TypeCode

    def of_field(self, field: Field, value: Json) -> Code:
        """A value of a field."""
        if not is_in_bounds(value, field.minimum, field.maximum):
            raise UnfitValueError(f"{field.name} is out of its bounds")
        return self.of(field.type, value)

    def of(self, type_: Type, value: Json) -> Code:
        """A value of a type."""
        match type_:
            case ArrayType(item):
                if isinstance(value, str) or not isinstance(value, Sequence):
                    raise UnfitValueError(f"a value is no {type_}")
                return Group("[", tuple(self.of(item, one) for one in value), "]")
            case MapType(inner):
                entries = _object(value, type_).items()
                return Group("{", tuple(entry(literal(key), self.of(inner, one)) for key, one in entries), "}")
            case NamedType() if type_.built_in is not None:
                return self._built_in(type_.built_in, value)
            case NamedType(name):
                return self._declared(name, value)

    def _built_in(self, type_: BuiltIn, value: Json) -> Code:
        match type_:
            case BuiltIn.UUID:
                return call(self.types.imports.name("uuid", "UUID"), [literal(str(value))])
            case BuiltIn.DECIMAL:
                return call(self.types.imports.name("decimal", "Decimal"), [literal(str(value))])
            case BuiltIn.DATE | BuiltIn.DATE_TIME | BuiltIn.DATE_TIME_LOCAL:
                self.types.imports.module("datetime as dt")
                kind = "date" if type_ is BuiltIn.DATE else "datetime"
                return call(f"dt.{kind}.fromisoformat", [literal(str(value))])
            case BuiltIn.DOUBLE if isinstance(value, int):
                return json_literal(float(value))
            case _:
                return json_literal(value)

    def _declared(self, name: str, value: Json) -> Code:
        declared = self.types.blueprint.library.declarations[name]
        match declared:
            case Enumeration():
                members = members_of(declared)
                if not isinstance(value, str) or value not in members:
                    raise UnfitValueError(f"{value!r} is no value of {declared.name}")
                return f"{self.types.declared(name)}.{members[value]}"
            case Model():
                return self._object(self.types.declared(name), declared, _object(value, NamedType(name)))
            case Union():
                found = _object(value, NamedType(name))
                for variant in self.types.blueprint.variants[name]:
                    model = self.types.blueprint.library.declarations[variant.model]
                    if isinstance(model, Model) and found.get(declared.discriminator) == variant.value:
                        return self._object(self.types.model(variant.name), model, found, declared.discriminator)
                raise UnfitValueError(f"a value names no type of {declared.name}")

    def _object(self, name: str, model: Model, value: Mapping[str, Json], discriminator: str | None = None) -> Code:
        names = attributes(field.name for field in model.fields)
        arguments: list[Code] = []
        for field in model.fields:
            if field.name == discriminator:
                continue
            if field.name in value:
                arguments.append(keyword(names[field.name], self.of_field(field, value[field.name])))
            elif field.must_be_sent:
                raise UnfitValueError(f"a {model.name} needs {field.name}")
        return call(name, arguments)


def members_of(enumeration: Enumeration) -> Mapping[str, str]:
    """The names of an enum's members by value."""
    values = [item.name for item in enumeration.values]
    return dict(zip(values, told_apart(map(member_name, values), "_"), strict=True))


def _object(value: Json, type_: Type) -> Mapping[str, Json]:
    if not isinstance(value, Mapping):
        raise UnfitValueError(f"a value is no {type_}")
    return value
