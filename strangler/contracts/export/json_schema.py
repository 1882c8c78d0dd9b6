"""Exports types as JSON Schema 2020-12."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from strangler.contracts.bounds import Measure, measure
from strangler.contracts.document import Declaration, Document, Enumeration, Field, Model, Union, UnionMember
from strangler.contracts.library import Library
from strangler.contracts.type_reference import ArrayType, BuiltIn, MapType, NamedType, Type
from strangler.contracts.use import Direction, reachable, roots
from strangler.model.json_value import Json, JsonObject

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_BUILT_IN: Mapping[BuiltIn, JsonObject] = {
    BuiltIn.BOOLEAN: {"type": "boolean"},
    BuiltIn.INTEGER: {"type": "integer", "format": "int32", "minimum": -(2**31), "maximum": 2**31 - 1},
    BuiltIn.LONG: {"type": "integer", "format": "int64", "minimum": -(2**63), "maximum": 2**63 - 1},
    BuiltIn.DECIMAL: {"type": "number"},
    BuiltIn.DOUBLE: {"type": "number", "format": "double"},
    BuiltIn.STRING: {"type": "string"},
    BuiltIn.UUID: {"type": "string", "format": "uuid"},
    BuiltIn.DATE: {"type": "string", "format": "date"},
    BuiltIn.DATE_TIME: {"type": "string", "format": "date-time"},
    BuiltIn.DATE_TIME_LOCAL: {"type": "string", "format": "date-time-local"},
    BuiltIn.OBJECT: {"type": "object"},
    BuiltIn.JSON: {},
    BuiltIn.UNIT: {"type": "null"},
}
_BOUNDS: Mapping[Measure, tuple[str, str]] = {
    Measure.NUMBER: ("minimum", "maximum"),
    Measure.LENGTH: ("minLength", "maxLength"),
    Measure.COUNT: ("minItems", "maxItems"),
}


class Schemas:
    """Schemas of the types of one document; their references to each other begin with `prefix`.

    The document's own types go by their short names, imported ones by their full names.
    """

    def __init__(self, document: Document, library: Library, prefix: str) -> None:
        self.document = document
        self.library = library
        self.prefix = prefix
        self.own = {name for name, _ in document.declarations}

    def name(self, full: str) -> str:
        """The name of a declared type in the export."""
        return full.rpartition(".")[2] if full in self.own else full

    def of_type(self, type_: Type) -> dict[str, Json]:
        """The schema of a type; a declared type becomes a reference."""
        match type_:
            case ArrayType(item):
                return {"type": "array", "items": self.of_type(item)}
            case MapType(value):
                return {"type": "object", "additionalProperties": self.of_type(value)}
            case NamedType():
                if type_.built_in is not None:
                    return dict(_BUILT_IN[type_.built_in])
                return {"$ref": f"{self.prefix}{self.name(type_.name)}"}

    def of_field(self, field: Field) -> dict[str, Json]:
        """The schema of a field, with its bounds and its description."""
        schema = {**self.of_type(field.type), **_bounds(field)}
        if field.description:
            schema["description"] = field.description
        if field.default is not None:
            schema["default"] = field.default
        if field.example is not None:
            schema["examples"] = [field.example]
        if field.deprecation is not None:
            schema["deprecated"] = True
        if field.annotations:
            schema["x-annotations"] = list(field.annotations)
        return schema

    def definitions(self, names: Iterable[str], ways: Mapping[str, Direction]) -> dict[str, Json]:
        """The schemas of declared types by their names in the export; `ways` gives the direction each is used in."""
        return {self.name(name): self._declared(self.library.declarations[name], ways[name]) for name in sorted(names)}

    def _declared(self, item: Declaration, way: Direction) -> dict[str, Json]:
        about: dict[str, Json] = {"description": item.description} if item.description else {}
        if item.deprecation is not None:
            about["deprecated"] = True
        match item:
            case Enumeration():
                return {"type": "string", "enum": [value.name for value in item.values], **about}
            case Model():
                return {**self._model(item, way), **about}
            case Union():
                return {**self._union(item), **about}

    def _model(self, model: Model, way: Direction) -> dict[str, Json]:
        sure = [
            field.name
            for field in model.fields
            if (field.must_be_sent if way is Direction.SENT else field.required or field.default is not None)
        ]
        schema: dict[str, Json] = {
            "type": "object",
            "properties": {field.name: self.of_field(field) for field in model.fields},
        }
        return {**schema, "required": sure} if sure else schema

    def _union(self, union: Union) -> dict[str, Json]:
        return {"oneOf": [self.of_member(union, member) for member in union.members]}

    def of_member(self, union: Union, member: UnionMember) -> JsonObject:
        """The schema of one type of a union, with the discriminator that names it."""
        named: JsonObject = {
            "type": "object",
            "properties": {union.discriminator: {"const": member.value}},
            "required": [union.discriminator],
        }
        return {"allOf": [self.of_type(member.type), named]}


def _bounds(field: Field) -> dict[str, Json]:
    what = measure(field.type)
    if what is None:
        return {}
    given = zip(_BOUNDS[what], (field.minimum, field.maximum), strict=True)
    return {name: _count(value) for name, value in given if value is not None}


def _count(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def ways_of(document: Document, library: Library) -> Mapping[str, Direction]:
    """The direction of each needed type; one both sent and answered counts as sent, which requires less."""
    answered = reachable(roots(document, Direction.ANSWERED), library)
    sent = reachable(roots(document, Direction.SENT), library)
    declared = {name for name, _ in document.declarations}
    return {name: Direction.SENT if name in sent else Direction.ANSWERED for name in answered | sent | declared}


def json_schema(document: Document, library: Library) -> JsonObject:
    """All types of a document, and those they need, as one schema with definitions."""
    ways = ways_of(document, library)
    schemas = Schemas(document, library, "#/$defs/")
    return {
        "$schema": DIALECT,
        "title": f"{document.name} {document.version}",
        "$defs": schemas.definitions(ways, ways),
    }
