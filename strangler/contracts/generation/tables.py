"""Writes ``tables.sql``: a PostgreSQL table for every resource that has a key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from strangler.contracts.bounds import Measure, measure
from strangler.contracts.distinct_names import distinct
from strangler.contracts.document import Enumeration, Field, Model
from strangler.contracts.generation.blueprint import Blueprint
from strangler.contracts.type_reference import BuiltIn, NamedType, Type
from strangler.model.json_value import Json

KEY = "id"
_LONGEST = 63
"""Bytes of a name (PostgreSQL, section 4.1.1); a longer one would be cut."""
_TYPES: Mapping[BuiltIn, str] = {
    BuiltIn.BOOLEAN: "boolean",
    BuiltIn.INTEGER: "integer",
    BuiltIn.LONG: "bigint",
    BuiltIn.DECIMAL: "numeric",
    BuiltIn.DOUBLE: "double precision",
    BuiltIn.STRING: "text",
    BuiltIn.UUID: "uuid",
    BuiltIn.DATE: "date",
    BuiltIn.DATE_TIME: "timestamptz",
}


def stored_models(blueprint: Blueprint) -> Mapping[str, Model]:
    """The models that the service keeps, by their full names: own ones that are resources and have an ``id``."""
    own = {name for name, _ in blueprint.document.declarations}
    found: dict[str, Model] = {}
    for resource in blueprint.document.resources:
        model = blueprint.library.model(resource.type)
        if model is not None and resource.type.name in own and _key(model) is not None:
            found[resource.type.name] = model
    return found


def tables(blueprint: Blueprint) -> str:
    """The statements; nothing in the document can end a name or a text."""
    stored = stored_models(blueprint)
    names = dict(zip(stored, _names([model.name for model in stored.values()]), strict=True))
    lines = [
        "-- The tables of the resources that have an id. Migrations that are applied are written by hand; this is",
        "-- what they come to.",
    ]
    for full, model in stored.items():
        columns = _names([field.name for field in model.fields])
        parts = [
            part
            for column, field in zip(columns, model.fields, strict=True)
            for part in [_column(column, field, blueprint)]
        ]
        references = [*_references(columns, model, names, stored)]
        keys = [f"FOREIGN KEY ({quoted(column)}) REFERENCES {quoted(table)}" for column, table in references]
        lines += ["", f"CREATE TABLE {quoted(names[full])} ("]
        lines += [f"    {line}," for line in (*parts, *keys)]
        lines[-1] = lines[-1].removesuffix(",")
        lines.append(");")
        lines += [f"CREATE INDEX ON {quoted(names[full])} ({quoted(column)});" for column, _ in references]
    return "\n".join([*lines, ""])


def _key(model: Model) -> Field | None:
    field = model.field(KEY)
    return field if field is not None and field.must_be_sent and _sql_type(field.type) != "jsonb" else None


def _sql_type(type_: Type) -> str:
    is_built_in = isinstance(type_, NamedType) and type_.built_in is not None
    return _TYPES.get(BuiltIn(type_.name), "jsonb") if is_built_in and isinstance(type_, NamedType) else "jsonb"


def _column(column: str, field: Field, blueprint: Blueprint) -> str:
    enumeration = blueprint.library.enumeration(field.type)
    type_ = "text" if enumeration is not None else _sql_type(field.type)
    parts = [quoted(column), type_]
    if field.name == KEY:
        parts.append("PRIMARY KEY")
    elif field.required or field.default is not None:
        parts.append("NOT NULL")
    if field.default is not None:
        parts.append(f"DEFAULT {_value(field.default, type_)}")
    if checks := [*_checks(quoted(column), field, type_, enumeration)]:
        parts.append(f"CHECK ({' AND '.join(checks)})")
    return " ".join(parts)


def _checks(column: str, field: Field, type_: str, enumeration: Enumeration | None) -> Iterator[str]:
    if enumeration is not None:
        yield f"{column} IN ({', '.join(text(value.name) for value in enumeration.values)})"
    what = {Measure.NUMBER: column, Measure.LENGTH: f"char_length({column})"}
    if type_ == "jsonb" or (kind := measure(field.type)) is None:
        return
    for sign, bound in ((">=", field.minimum), ("<=", field.maximum)):
        if bound is not None:
            yield f"{what[kind]} {sign} {_number(bound)}"


def _references(
    columns: tuple[str, ...], model: Model, names: Mapping[str, str], stored: Mapping[str, Model]
) -> Iterator[tuple[str, str]]:
    """Columns called like a stored model and its key, of the key's type; a table made later is not referred to."""
    made: dict[str, tuple[Type | None, str]] = {}
    for full, other in stored.items():
        key = _key(other)
        made[f"{other.name}_{KEY}"] = (None if key is None else key.type, names[full])
        if other is model:
            break
    for column, field in zip(columns, model.fields, strict=True):
        if field.name in made and made[field.name][0] == field.type:
            yield column, made[field.name][1]


def _names(given: list[str]) -> tuple[str, ...]:
    """Names as they are stored, which case alone may tell apart."""
    return distinct(name[: _LONGEST - 4] if len(name) > _LONGEST else name for name in given)


def _value(value: Json, type_: str) -> str:
    match value:
        case bool():
            found = str(value).lower()
        case int() | float():
            found = _number(value)
        case str():
            found = text(value)
        case _:
            found = ""
    if type_ == "jsonb":
        return f"{text(_json(value))}::jsonb"
    return found


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=True)


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e18 else repr(value)


def text(value: str) -> str:
    """A text as SQL; NUL, which PostgreSQL has none of, is left out."""
    return "'" + value.replace("\0", "").replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as SQL."""
    return '"' + name.replace('"', '""') + '"'
