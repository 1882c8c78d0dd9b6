"""Imports the schemas of an OpenAPI document as enums, models and unions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from strangler.contracts.document import HEALTH_MODEL, Kind
from strangler.contracts.draft_names import declared_name, field_names
from strangler.contracts.importing.imported_field import Imported, decide, field_line, quoted
from strangler.contracts.importing.openapi_source import OpenApi, Part, part, parts, schema_name, text
from strangler.contracts.json5 import is_array, is_object
from strangler.contracts.type_reference import BUILT_IN, BuiltIn

_TEXTS: Mapping[str, BuiltIn] = {
    "uuid": BuiltIn.UUID, "date": BuiltIn.DATE, "date-time": BuiltIn.DATE_TIME,
    "date-time-local": BuiltIn.DATE_TIME_LOCAL, "decimal": BuiltIn.DECIMAL,
}  # fmt: skip
_DEEPEST = 10
"""The deepest nesting of unnamed schemas; what is nested deeper becomes any JSON."""
_ANY = Imported(BuiltIn.JSON, {})


@dataclass(frozen=True, slots=True)
class _Declared:
    """A type of the draft, and the schema it comes from; a member of a union lacks its discriminator."""

    kind: Kind
    schema: Part
    without: str = ""


@dataclass
class ImportedTypes:
    """Names the types of a document, and declares those that are used."""

    source: OpenApi
    _names: dict[str, str] = field(default_factory=dict[str, str])
    """The names of schemas that become types of their own."""
    _declared: dict[str, _Declared] = field(default_factory=dict[str, _Declared])
    _used: set[str] = field(default_factory=set[str])
    _alike: dict[str, str] = field(default_factory=dict[str, str])
    """The names of types that are unnamed in the source, by content: two with the same content are one type."""

    def __post_init__(self) -> None:
        members = self._discriminators()
        for name, schema in self.source.schemas.items():
            whole = self._whole(schema)
            kind = self._kind(whole)
            if kind is not None:
                called = self._free(name)
                self._names[name] = called
                self._declared[called] = _Declared(kind, whole, members.get(name, ""))

    def of(self, schema: object, hint: str, depth: int = 0) -> Imported:
        """The type of a schema; `hint` is the name for a declared type that has none."""
        name = schema_name(schema)
        if name in self._names:
            called = self._names[name]
            self._used.add(called)
            own = self._declared[called]
            values = tuple(_values(own.schema)) if own.kind is Kind.ENUMS else ()
            return Imported(called, schema if is_object(schema) else {}, values=values)
        whole = self._whole(schema)
        if depth > _DEEPEST:
            return _ANY
        several = [item for key in ("anyOf", "oneOf") for item in parts(whole, key)]
        if several:
            return self._of_several(whole, several, hint, depth)
        kind = self._kind(whole)
        if kind is not None:
            called = self._without_name(kind, whole, hint)
            values = tuple(_values(whole)) if kind is Kind.ENUMS else ()
            return Imported(called, {**whole, "description": ""}, _is_nullable(whole), values)
        return self._plain(whole, hint, depth)

    def lines(self) -> Iterator[str]:
        """The declarations, by kind; writing one model may add further models that have no name in the source."""
        written: dict[str, list[str]] = {}
        while waiting := [name for name in self._declared if name in self._used and name not in written]:
            for name in waiting:
                written[name] = [*self._declaration(name, self._declared[name])]
        for kind in Kind:
            names = sorted(name for name in written if self._declared[name].kind is kind)
            yield from (f"  {kind}: {{", *(line for name in names for line in written[name]), "  },")

    def _free(self, name: str) -> str:
        wanted = declared_name(name)
        taken = {*self._declared, *BUILT_IN, HEALTH_MODEL}
        others = (f"{wanted}_{number}" for number in range(2, len(taken) + 3))
        return next(item for item in (wanted, *others) if item not in taken)

    def _without_name(self, kind: Kind, schema: Part, hint: str) -> str:
        said = json.dumps({key: value for key, value in schema.items() if key != "title"}, sort_keys=True)
        if said not in self._alike:
            called = self._alike[said] = self._free(hint)
            self._declared[called] = _Declared(kind, schema)
            self._used.add(called)
        return self._alike[said]

    def _whole(self, schema: object) -> Part:
        """The schema with its reference resolved and ``allOf`` merged; keys beside a reference are kept."""
        found = self.source.resolved(schema)
        if is_object(schema) and "$ref" in schema:
            found = {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
        for item in parts(found, "allOf"):
            inner = self.source.resolved(item)
            if not inner.get("allOf"):
                found = {
                    **inner, **found,
                    "properties": {**part(inner, "properties"), **part(found, "properties")},
                    "required": [*_texts(inner, "required"), *_texts(found, "required")],
                }  # fmt: skip
        return found

    def _kind(self, schema: Part) -> Kind | None:
        """The kind of type that the schema is declared as; None if it is written inline."""
        if _values(schema):
            return Kind.ENUMS
        if self._members(schema):
            return Kind.UNIONS
        return Kind.MODELS if _is_model(schema) else None

    def _members(self, union: Part) -> Mapping[str, str]:
        """The names of a union's schemas by discriminator value; empty if one has no name or is not a model."""
        if not _discriminator(union):
            return {}
        names = [schema_name(item) for key in ("oneOf", "anyOf") for item in parts(union, key)]
        mapping = part(part(union, "discriminator"), "mapping")
        given = {schema_name({"$ref": to}) or str(to): value for value, to in mapping.items()}
        found = {given.get(name, name): name for name in names if name and given.get(name, name)}
        schemas = [self._whole(self.source.schemas.get(name)) for name in found.values()]
        are_models = len(found) == len(names) and all(map(_is_model, schemas))
        return found if are_models else {}

    def _discriminators(self) -> Mapping[str, str]:
        """The discriminators of schemas by schema name, collected from all unions."""
        found: dict[str, str] = {}
        waiting: list[object] = [self.source.root]
        while waiting:
            item = waiting.pop()
            if is_object(item):
                waiting += item.values()
                if name := _discriminator(item):
                    found |= dict.fromkeys(self._members(item).values(), name)
            elif is_array(item):
                waiting += item
        return found

    def _of_several(self, schema: Part, several: Sequence[Part], hint: str, depth: int) -> Imported:
        """One type and null become that type, optional; a union needs a discriminator; the rest becomes any JSON."""
        others = [item for item in several if item.get("type") != "null"]
        if len(others) == 1:
            found = self.of(others[0], hint, depth + 1)
            about = {key: value for key, value in schema.items() if key in {"description", "default", "deprecated"}}
            return Imported(
                found.type, {**found.schema, **about}, found.nullable or len(several) > 1, found.values, found.notes
            )
        if self._kind(schema) is Kind.UNIONS:
            called = self._without_name(Kind.UNIONS, schema, hint)
            return Imported(called, {}, nullable=len(others) < len(several))
        types = dict.fromkeys(schema_name(item) or text(item, "type") or "more" for item in others)
        return Imported(BuiltIn.JSON, schema, len(others) < len(several), notes=(f"it is {' or '.join(types)}",))

    def _plain(self, schema: Part, hint: str, depth: int) -> Imported:
        type_, is_nullable = schema.get("type"), _is_nullable(schema)
        if is_array(type_):
            names = [str(item) for item in type_ if item != "null"]
            if len(names) != 1:
                return Imported(BuiltIn.JSON, schema, is_nullable, notes=(f"it is {' or '.join(names)}",))
            type_ = names[0]
        notes = tuple(f"its {key}" for key in ("enum", "const") if key in schema)
        match type_:
            case "array":
                item = self.of(schema.get("items", {}), f"{hint}_item", depth + 1)
                more = ("null in it",) if item.nullable else ()
                return Imported(f"[{item.type}]", schema, is_nullable, notes=(*item.notes, *more))
            case "object":
                values = schema.get("additionalProperties")
                if not is_object(values) or not values:
                    return Imported(BuiltIn.OBJECT, schema, is_nullable)
                item = self.of(values, f"{hint}_value", depth + 1)
                return Imported(f"map[{item.type}]", schema, is_nullable, notes=item.notes)
            case _:
                return Imported(_scalar(type_, schema), schema, is_nullable, notes=notes)

    def _declaration(self, name: str, item: _Declared) -> Iterator[str]:
        about = text(item.schema, "description")
        yield f"    {name}: {{{'' if about else decide(['description'])}"
        if about:
            yield f"      description: {quoted(about)},"
        match item.kind:
            case Kind.ENUMS:
                yield f"      values: {quoted([*_values(item.schema)])},"
            case Kind.UNIONS:
                yield f"      discriminator: {quoted(_discriminator(item.schema))},"
                members = self._members(item.schema).items()
                yield "      types: ["
                for value, to in members:
                    self._used.add(self._names[to])
                    yield f"        {{ type: {quoted(self._names[to])}, discriminator_value: {quoted(value)} }},"
                yield "      ],"
            case Kind.MODELS:
                yield "      fields: ["
                sure = _texts(item.schema, "required")
                given = [key for key in part(item.schema, "properties") if key != item.without]
                for called, key in zip(field_names(given), given, strict=True):
                    found = self.of(part(item.schema, "properties")[key], f"{name}_{key}")
                    yield f"        {field_line(called, key, found, is_sure=key in sure)}"
                yield "      ],"
        yield "    },"


def _scalar(type_: object, schema: Part) -> BuiltIn:
    format_ = text(schema, "format")
    match type_:
        case "boolean":
            return BuiltIn.BOOLEAN
        case "integer":
            most, least = schema.get("maximum"), schema.get("minimum")
            is_small = isinstance(most, int) and isinstance(least, int) and least >= -(2**31) and most < 2**31
            return BuiltIn.INTEGER if format_ == "int32" or is_small else BuiltIn.LONG
        case "number":
            return BuiltIn.DECIMAL if format_ == "decimal" else BuiltIn.DOUBLE
        case "string":
            return _TEXTS.get(format_, BuiltIn.STRING)
        case _:
            return BuiltIn.JSON


def _values(schema: Part) -> Sequence[str]:
    """The values of an enum of texts."""
    given = schema.get("enum")
    values = [item for item in given if item is not None] if is_array(given) else []
    texts = [item for item in values if isinstance(item, str) and item]
    return [*dict.fromkeys(texts)] if len(texts) == len(values) else []


def _is_model(schema: Part) -> bool:
    return bool(part(schema, "properties")) and not (schema.get("anyOf") or schema.get("oneOf") or _values(schema))


def _discriminator(schema: Part) -> str:
    """The field that discriminates the types of a union; empty if there is none that a document can name."""
    name = text(part(schema, "discriminator"), "propertyName")
    return name if field_names([name]) == (name,) else ""


def _is_nullable(schema: Part) -> bool:
    type_ = schema.get("type")
    return schema.get("nullable") is True or (is_array(type_) and "null" in type_)


def _texts(of: Part, key: str) -> list[str]:
    value = of.get(key)
    return [item for item in value if isinstance(item, str)] if is_array(value) else []
