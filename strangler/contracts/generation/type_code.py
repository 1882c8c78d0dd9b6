"""Writes the types of a document as annotations."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from strangler.contracts.bounds import Measure, measure
from strangler.contracts.document import Field
from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.generation.imports import Imports
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, NamedType, Type, innermost

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
"""The bounds of an integer that msgspec can express."""
_BITS = {BuiltIn.INTEGER: 31, BuiltIn.LONG: 63}


@dataclass(frozen=True)
class TypeCode:
    """Writes the annotations of one module, and adds the imports that they need."""

    blueprint: Blueprint
    imports: Imports
    is_models: bool = False
    """Whether it is the module that defines the classes."""

    def declared(self, name: str) -> str:
        """The class of a declared type."""
        return self.model(self.blueprint.classes[name])

    def model(self, name: str) -> str:
        """A class of the models module, by its Python name."""
        return name if self.is_models else self.imports.sibling("models", name)

    def plain(self, type_: Type | None) -> str:
        """The type without bounds, for signatures."""
        match type_:
            case None:
                return "None"
            case ArrayType(item):
                return f"list[{self.plain(item)}]"
            case MapType(value):
                return f"dict[str, {self.plain(value)}]"
            case NamedType(name) if type_.built_in is None:
                return self.declared(name)
            case NamedType():
                return self._plain_built_in(BuiltIn(type_.name))

    def _plain_built_in(self, type_: BuiltIn) -> str:
        match type_:
            case BuiltIn.BOOLEAN:
                return "bool"
            case BuiltIn.INTEGER | BuiltIn.LONG:
                return "int"
            case BuiltIn.DOUBLE:
                return "float"
            case BuiltIn.STRING:
                return "str"
            case BuiltIn.DECIMAL:
                return self.imports.name("decimal", "Decimal")
            case BuiltIn.UUID:
                return self.imports.name("uuid", "UUID")
            case BuiltIn.DATE | BuiltIn.DATE_TIME | BuiltIn.DATE_TIME_LOCAL:
                self.imports.module("datetime as dt")
                return "dt.date" if type_ is BuiltIn.DATE else "dt.datetime"
            case BuiltIn.OBJECT:
                return f"dict[str, {self.imports.name('typing', 'Any')}]"
            case BuiltIn.JSON:
                return self.imports.name("typing", "Any")
            case BuiltIn.UNIT:
                return "None"

    def strict(self, type_: Type | None) -> str:
        """The type as messages are decoded: numbers within their bits, times with an offset, local ones without."""
        match type_:
            case ArrayType(item):
                return f"list[{self.strict(item)}]"
            case MapType(value):
                return f"dict[str, {self.strict(value)}]"
            case NamedType(BuiltIn.INTEGER):
                return self.imports.sibling("scalars", "Int32")
            case NamedType(BuiltIn.LONG):
                return self.imports.sibling("scalars", "Int64")
            case NamedType(BuiltIn.DATE_TIME):
                return self.imports.sibling("scalars", "Timestamp")
            case NamedType(BuiltIn.DATE_TIME_LOCAL):
                return self.imports.sibling("scalars", "LocalTimestamp")
            case _:
                return self.plain(type_)

    def of_field(self, field: Field) -> str:
        """The type of a field with its bounds; an optional one is unset when left out, never null."""
        found = self._bounded(field)
        if field.must_be_sent or field.default is not None or found == "Any":
            return found
        return f"{found} | {self.imports.name('msgspec', 'UnsetType')}"

    def argument(self, field: Field) -> str:
        """The type of a parameter for the caller: unset when left out."""
        found = self.plain(field.type)
        return (
            found if field.must_be_sent or found == "Any" else f"{found} | {self.imports.name('msgspec', 'UnsetType')}"
        )

    def read_argument(self, field: Field) -> str:
        """The type of a parameter for the handler: a default replaces a value that was left out."""
        found = self.plain(field.type)
        is_there = field.must_be_sent or field.default is not None or found == "Any"
        return found if is_there else f"{found} | {self.imports.name('msgspec', 'UnsetType')}"

    def _bounded(self, field: Field) -> str:
        bounds = _bounds(field)
        if not bounds:
            return self.strict(field.type)
        is_number = measure(field.type) is Measure.NUMBER
        inner = self.plain(field.type) if is_number else self.strict(field.type)
        annotated, meta = self.imports.name("typing", "Annotated"), self.imports.name("msgspec", "Meta")
        return f"{annotated}[{inner}, {meta}({', '.join(f'{name}={value}' for name, value in bounds.items())})]"


def is_decimal(type_: Type) -> bool:
    """Whether it is or contains a decimal, whose bounds msgspec cannot express."""
    return innermost(type_).built_in is BuiltIn.DECIMAL


def is_local_time(type_: Type) -> bool:
    """Whether it is or contains a local time, whose offset msgspec refuses only where it reads one."""
    return innermost(type_).built_in is BuiltIn.DATE_TIME_LOCAL


def _bounds(field: Field) -> dict[str, str]:
    """The arguments of ``Meta``; none for a type without bounds, or if the bounds are those of the type."""
    low, high = field.minimum, field.maximum
    if low is None and high is None:
        return {}
    match measure(field.type):
        case Measure.LENGTH | Measure.COUNT:
            given = {"min_length": low, "max_length": high}
            return {name: str(min(int(value), _LARGEST)) for name, value in given.items() if value is not None}
        case Measure.NUMBER if (bits := _BITS.get(BuiltIn(str(field.type)))) is not None:
            least = -(2**bits) if low is None else max(ceil(low), -(2**bits))
            most = 2**bits - 1 if high is None else min(floor(high), 2**bits - 1)
            return {"ge": _power(min(least, _LARGEST), bits), "le": _power(max(most, _SMALLEST), bits)}
        case Measure.NUMBER if not is_decimal(field.type):
            given = {"ge": low, "le": high}
            return {name: repr(float(value)) for name, value in given.items() if value is not None}
        case _:
            return {}


def _power(value: int, bits: int) -> str:
    """The number; written as a power if it is the least or greatest of its bits."""
    return {-(2**bits): f"-(2**{bits})", 2**bits - 1: f"2**{bits} - 1"}.get(value, str(value))
