"""Type changes that refuse no value that was allowed before, by the names of types in source code."""

from __future__ import annotations

import re
from collections.abc import Mapping

Spelled = tuple[str, int]
"""A type and its length in characters, 0 where none is said."""

_TEXTS = ("CharField", "EmailField", "SlugField", "URLField", "FilePathField", "FileField", "ImageField")
_WIDER: Mapping[str, frozenset[str]] = {
    **{name: frozenset({*_TEXTS, "TextField"}) for name in _TEXTS},
    "TextField": frozenset(),
    "PositiveSmallIntegerField": frozenset(
        {"SmallIntegerField", "PositiveIntegerField", "IntegerField", "PositiveBigIntegerField", "BigIntegerField"}
    ),
    "PositiveIntegerField": frozenset({"IntegerField", "PositiveBigIntegerField", "BigIntegerField"}),
    "PositiveBigIntegerField": frozenset({"BigIntegerField"}),
    "SmallIntegerField": frozenset({"IntegerField", "BigIntegerField"}),
    "IntegerField": frozenset({"BigIntegerField"}),
    "BigIntegerField": frozenset(),
    "SmallAutoField": frozenset({"AutoField", "BigAutoField"}),
    "AutoField": frozenset({"BigAutoField"}),
    "BigAutoField": frozenset(),
    "String": frozenset({"Text", "Unicode", "UnicodeText"}),
    "Unicode": frozenset({"Text", "String", "UnicodeText"}),
    "Text": frozenset({"UnicodeText"}),
    "UnicodeText": frozenset({"Text"}),
    "SmallInteger": frozenset({"Integer", "BigInteger"}),
    "Integer": frozenset({"BigInteger"}),
    "BigInteger": frozenset(),
    **{
        name: frozenset()
        for name in (
            "BooleanField", "DateField", "DateTimeField", "TimeField", "DurationField", "DecimalField", "FloatField",
            "JSONField", "UUIDField", "BinaryField", "Boolean", "Date", "DateTime", "Time", "Interval", "Numeric",
            "Float", "JSON", "Uuid", "LargeBinary",
        )
    },
}  # fmt: skip
"""The types that each known type may safely become; types not listed are unknown."""

_LENGTHS: Mapping[str, int] = {"EmailField": 254, "SlugField": 50, "URLField": 200, "FileField": 100, "ImageField": 100}
"""The default lengths of Django's fields, in characters."""


_SQL: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("varchar", "character varying"), ("CharField", "String")),
    "text": ("TextField", "Text"),
    "smallint": ("SmallIntegerField", "SmallInteger"),
    **dict.fromkeys(("int", "integer"), ("IntegerField", "Integer")),
    "bigint": ("BigIntegerField", "BigInteger"),
    "boolean": ("BooleanField", "Boolean"),
    "date": ("DateField", "Date"),
    **dict.fromkeys(("timestamp", "timestamptz"), ("DateTimeField", "DateTime")),
    "uuid": ("UUIDField", "Uuid"),
    **dict.fromkeys(("json", "jsonb"), ("JSONField", "JSON")),
}
"""The names of SQL types in Django and SQLAlchemy."""
_SPELLED = re.compile(r"(?P<name>[a-z ]+?)\s*(?:\((?P<length>\d+)\))?")


def spelled_by_sql(text: str) -> Spelled:
    """A type as SQL spells it: ``varchar(20)``."""
    match = _SPELLED.fullmatch(text)
    return (match["name"], int(match["length"] or 0)) if match else (text, 0)


def narrows(before: Spelled, after: Spelled) -> bool:
    """Whether a column may refuse values that it accepted before; False if a type or length is unknown."""
    (old, old_length), (new, new_length) = before, after
    if new in _SQL:
        new = _SQL[new][0 if old.endswith("Field") else 1]
    if old != new and not {old, new} <= _WIDER.keys():
        return False
    if old != new and new not in _WIDER[old]:
        return True
    had, has = old_length or _LENGTHS.get(old, 0), new_length or _LENGTHS.get(new, 0)
    return 0 < has < had
