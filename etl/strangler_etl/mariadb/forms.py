"""The SQL of MariaDB for values on their way to PostgreSQL: exact reads, and lines of COPY.

Types are those of PostgreSQL, of the source's column or of the column a value is for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from strangler_etl.values.conversions import Family, family_of

_BITS = re.compile(r"bit(?: varying)?(?:\((\d+)\))?")
_PRECISION = re.compile(r"time(?:stamp)?\w*\((\d)\)")
_UNESCAPED = frozenset({Family.WHOLE, Family.NUMBER, Family.TRUTH, Family.DAY, Family.MOMENT, Family.TIME})
_WRITTEN = frozenset({Family.TEXT, Family.DOCUMENT})
_ESCAPES = (("\\\\", "\\\\\\\\"), ("\\t", "\\\\t"), ("\\n", "\\\\n"), ("\\r", "\\\\r"))
"""Escapes as MariaDB writes them in a text literal."""
_KEY_VARIANTS = "89ab89ab89ab89ab"


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def bits_of(type_: str) -> int | None:
    """How many bits a bit type has, 0 where it does not say; None for other types."""
    found = _BITS.fullmatch(type_.lower())
    return None if found is None else int(found[1] or 0)


def precision_of(type_: str) -> int:
    """How many digits of a second's fraction a timestamp or time has."""
    found = _PRECISION.match(type_.lower())
    return int(found[1]) if found else 6


def exact_form(expression: str, type_: str | None) -> str:
    """A column of the type so that its whole value is read; `type_` is None where that is not known."""
    if type_ == "real":
        # MariaDB would print only six digits.
        return f"CAST({expression} AS DOUBLE)"
    if type_ is not None and bits_of(type_) is not None:
        return f"({expression} + 0)"
    return f"ST_AsWKB({expression})" if type_ == "geometry" else expression


def legible_form(expression: str, type_: str) -> str:
    """A value as the column of the type stores it, so that its canonical text can be made of it."""
    bits = bits_of(type_)
    if bits is not None:
        return _bits(expression, bits)
    match family_of(type_):
        case Family.TRUTH:
            return f"({expression} + 0)"
        case Family.DAY:
            return f"CAST({expression} AS DATE)"
        case Family.MOMENT:
            return f"CAST({expression} AS DATETIME({precision_of(type_)}))"
        case Family.TIME:
            return f"CAST({expression} AS TIME({precision_of(type_)}))"
        case Family.SPAN:
            return f"CONCAT(CAST(TIME_TO_SEC({expression}) * 1000000 AS SIGNED), 'us')"
        case _:
            return expression


def derived_key_sql(table: str, expression: str) -> str:
    """The derived key (`strangler_etl.derived_key`), as 32 digits."""
    digest = f"SHA2(CONCAT({literal(table + ':')}, CAST({expression} AS CHAR)), 256)"
    variant = f"SUBSTR('{_KEY_VARIANTS}', CONV(SUBSTR({digest}, 17, 1), 16, 10) + 1, 1)"
    return f"INSERT(INSERT(LEFT({digest}, 32), 13, 1, '8'), 17, 1, {variant})"


@dataclass(frozen=True, slots=True)
class CopiedColumn:
    """A column of a query by its quoted name, the type it is for, and that of its values where it is known."""

    name: str
    type: str
    source_type: str | None

    @property
    def field(self) -> str:
        """The value as text in a line of COPY; NULL for NULL."""
        bits = bits_of(self.type)
        if bits is not None:
            return _bits(self.name, bits)
        given = family_of(self.source_type) if self.source_type else None
        match family_of(self.type):
            case Family.TRUTH if given is Family.TRUTH or given is Family.WHOLE:
                return f"({self.name} + 0)"
            case Family.BYTES:
                return f"CONCAT('\\\\\\\\x', HEX({self.name}))"
            case Family.IDENTIFIER if given is Family.BYTES:
                return f"HEX({self.name})"
            case _ if given in _UNESCAPED:
                return self.name
            case _ if given in _WRITTEN:
                # In any character set: the concatenation gets one that has all characters.
                return _escaped(self.name)
            case _:
                return _escaped(f"CONVERT({self.name} USING utf8mb4)")


def copied_lines(sql: str, columns: Sequence[CopiedColumn]) -> str:
    """The query whose one column holds the rows of a query as lines of COPY text."""
    fields = ", ".join(f"IFNULL({column.field}, '\\\\N')" for column in columns)
    return f"SELECT CONCAT_WS('\\t', {fields}) FROM ({sql}) AS copied"


def _bits(expression: str, bits: int) -> str:
    digits = f"BIN({expression})"
    # Bits beyond the type's are kept, for PostgreSQL to refuse: LPAD would cut them off.
    return f"LPAD({digits}, GREATEST({bits}, CHAR_LENGTH({digits})), '0')" if bits else digits


def _escaped(text: str) -> str:
    replaced = text
    for character, escape in _ESCAPES:
        replaced = f"REPLACE({replaced}, '{character}', '{escape}')"
    # Testing is cheaper than replacing, and most texts have nothing to escape.
    return f"CASE WHEN {text} REGEXP '[\\\\\\\\\\t\\n\\r]' THEN {replaced} ELSE {text} END"
