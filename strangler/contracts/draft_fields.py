"""Turns what is known of a column into a field of a draft document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from strangler.contracts.built_in_values import is_built_in
from strangler.contracts.key_types import REFERENCES, base_name
from strangler.contracts.type_reference import BuiltIn
from strangler.model.json_value import Json
from strangler.model.tables import Column

_TYPES: Mapping[str, str] = {
    "bigint": "long", "bigautofield": "long", "bigintegerfield": "long", "biginteger": "long",
    "positivebigintegerfield": "long", "foreignkey": "long", "onetoonefield": "long",
    "autofield": "integer", "integerfield": "integer", "integer": "integer", "int": "integer", "smallint": "integer",
    "smallinteger": "integer", "smallautofield": "integer", "smallintegerfield": "integer",
    "positiveintegerfield": "integer", "positivesmallintegerfield": "integer",
    "booleanfield": "boolean", "boolean": "boolean", "nullbooleanfield": "boolean",
    "decimalfield": "decimal", "numeric": "decimal", "decimal": "decimal", "floatfield": "double", "float": "double",
    "uuidfield": "uuid", "uuid": "uuid", "datefield": "date-iso8601", "date": "date-iso8601",
    "datetimefield": "date-time-iso8601", "datetime": "date-time-iso8601", "timestamp": "date-time-iso8601",
    "timestamptz": "date-time-iso8601", "double precision": "double", "int4": "integer", "int8": "long",
    "jsonfield": "json", "json": "json", "jsonb": "json", "int2": "integer",
    "charfield": "string", "textfield": "string", "slugfield": "string",
    "filefield": "string", "genericipaddressfield": "string", "inet": "string",
    "imagefield": "string", "emailfield": "string", "urlfield": "string",
    "string": "string", "text": "string", "varchar": "string", "unicode": "string", "unicodetext": "string",
    "nvarchar": "string", "char": "string", "nchar": "string", "character varying": "string", "character": "string",
}  # fmt: skip
"""Types of Django, SQLAlchemy and SQL, by their lower-case names."""
_LENGTH = re.compile(r"(?:n?varchar|n?char|character(?: varying)?)\s*\(\s*(\d{1,9})\s*\)", re.IGNORECASE)
_SMALL = frozenset({"smallint", "int2", "smallinteger", "smallintegerfield"})
_POSITIVE_SMALL = "positivesmallintegerfield"
_SMALLEST, _LARGEST_SMALL = -32768, 32767
"""The range of a signed 16-bit integer."""
_LARGEST_UNSIGNED = 65535
"""The largest value of MySQL's unsigned 16-bit integer."""
_SHOWN = 12
_LONGEST = 10_000_000
"""Roughly the longest ``varchar`` that PostgreSQL takes; a higher bound is not one that anybody chose."""
_TRUTHS: Mapping[str, bool] = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def field(name: str, column: Column, type_: str, engine: str = "") -> str:
    """A field as a line of the document; `type_` is that of the column, or of the key it refers to.

    `engine` is that of the monolith's database (``mysql``), if known. Choices are written as a comment and not
    enforced, because no database refuses other values.
    """
    base = base_name(type_)
    known = _TYPES.get(base)
    parts = [f"name: {json.dumps(name, ensure_ascii=False)}", f'type: "{known or "string"}"']
    if column.nullable:
        parts.append("required: false")
    least = 0 if base.startswith("positive") else _SMALLEST if base in _SMALL else None
    most = _length(column, type_) if known == "string" else _largest(base, engine)
    parts += [f"{key}: {value}" for key, value in (("minimum", least), ("maximum", most)) if value is not None]
    given = None if known is None else _default(column, BuiltIn(known), least, most)
    if given is not None:
        parts.append(f"default: {json.dumps(given, ensure_ascii=False)}")
    unsure = [] if known and base not in REFERENCES else [in_one_line(type_) or "its type"]
    unsure += [] if name == column.name else [in_one_line(column.name) or "its name"]
    notes = [f"decide: {', '.join(unsure)} in the monolith"] if unsure else []
    notes += [_said_of_choices(column.choices)] if column.choices else []
    comment = f" // {'; '.join(notes)}" if notes else ""
    return f"{{ {', '.join(parts)} }},{comment}"


def _largest(base: str, engine: str) -> int | None:
    """The largest number that a 16-bit column can hold."""
    if base == _POSITIVE_SMALL and engine == "mysql":
        return _LARGEST_UNSIGNED
    return _LARGEST_SMALL if base in _SMALL or base == _POSITIVE_SMALL else None


def _said_of_choices(choices: Sequence[str]) -> str:
    shown = [in_one_line(item) for item in choices[:_SHOWN]]
    more = [] if len(choices) <= _SHOWN else ["..."]
    return f"one of {', '.join([*shown, *more])} in the monolith"


def in_one_line(text: str) -> str:
    """The text in a form that is safe inside a comment."""
    return " ".join(text.split())


def _length(column: Column, type_: str) -> int | None:
    """The longest text allowed, according to the model or to the SQL type."""
    match = _LENGTH.fullmatch(type_.strip())
    found = int(match[1]) if match else column.max_length
    return found if 0 < found <= _LONGEST else None


def _default(column: Column, type_: BuiltIn, least: int | None, most: int | None) -> Json:
    """The default as a value of the type; None if it is not one, if the field may be null, or if a key is generated."""
    if not column.default or column.nullable or column.primary_key:
        return None
    value = _as(type_, json.loads(column.default))
    if value is None or not is_built_in(value, type_):
        return None
    if isinstance(value, str):
        is_text = "\x00" not in value and value.encode(errors="replace").decode() == value
        return value if is_text and (most is None or len(value) <= most) else None
    if not isinstance(value, int | float):
        return value
    return value if (least is None or value >= least) and (most is None or value <= most) else None


def _as(type_: BuiltIn, value: Json) -> Json:
    """Convert a literal as a database would: ``"0"`` is a number in a numeric column."""
    match type_:
        case BuiltIn.BOOLEAN:
            return _TRUTHS.get(str(value).lower())
        case BuiltIn.INTEGER | BuiltIn.LONG | BuiltIn.DECIMAL | BuiltIn.DOUBLE:
            if isinstance(value, bool):
                return None
            return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else value
        case BuiltIn.STRING:
            return value if isinstance(value, str) else None
        case _:
            return None
