"""The fields of a draft: what is known of a column, as a document says it."""

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
"""Types of Django, SQLAlchemy and SQL by their names in lower case."""
_LENGTH = re.compile(r"(?:n?varchar|n?char|character(?: varying)?)\s*\(\s*(\d{1,9})\s*\)", re.IGNORECASE)
_SMALL = frozenset({"smallint", "int2", "smallinteger", "smallintegerfield"})
_POSITIVE_SMALL = "positivesmallintegerfield"
_SMALLEST, _LARGEST_SMALL = -32768, 32767
"""Of 16 bits with a sign."""
_LARGEST_UNSIGNED = 65535
"""What MySQL keeps in 16 bits of what is positive."""
_SHOWN = 12
_LONGEST = 10_000_000
"""Of what PostgreSQL takes as the length of a ``varchar``, about; more is no bound that anybody meant."""
_TRUTHS: Mapping[str, bool] = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def field(name: str, column: Column, type_: str, engine: str = "") -> str:
    """A field as a line of the document; `type_` is that of the column, or of the key it refers to.

    `engine` is that of the monolith's database (``mysql``), as far as it is known. Choices are told and not asked for:
    no database refuses others.
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
    """The largest number that a column of a type of 16 bits keeps."""
    if base == _POSITIVE_SMALL and engine == "mysql":
        return _LARGEST_UNSIGNED
    return _LARGEST_SMALL if base in _SMALL or base == _POSITIVE_SMALL else None


def _said_of_choices(choices: Sequence[str]) -> str:
    shown = [in_one_line(item) for item in choices[:_SHOWN]]
    more = [] if len(choices) <= _SHOWN else ["..."]
    return f"one of {', '.join([*shown, *more])} in the monolith"


def in_one_line(text: str) -> str:
    """The text as it may stand in a comment."""
    return " ".join(text.split())


def _length(column: Column, type_: str) -> int | None:
    """How long a text may be: as the model says, or the type of SQL."""
    match = _LENGTH.fullmatch(type_.strip())
    found = int(match[1]) if match else column.max_length
    return found if 0 < found <= _LONGEST else None


def _default(column: Column, type_: BuiltIn, least: int | None, most: int | None) -> Json:
    """The default as the type has it; None where it is none of it, where null may stand, or where a key is made."""
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
    """What a database makes of the literal: ``"0"`` is a number in a column of numbers."""
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
