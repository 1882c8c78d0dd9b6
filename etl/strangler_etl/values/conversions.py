"""What happens to a value that is copied from a column of one PostgreSQL type into a column of another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class UnfitValueError(ValueError):
    """A value that the column cannot hold; the message names its kind, never its content."""


class Family(StrEnum):
    """Families of types; values convert between members of one family."""

    WHOLE = "whole number"
    NUMBER = "number"
    TEXT = "text"
    TRUTH = "boolean"
    DAY = "date"
    MOMENT = "moment"
    TIME = "time of day"
    SPAN = "interval"
    IDENTIFIER = "uuid"
    DOCUMENT = "JSON"
    BYTES = "bytes"
    OTHER = "other"


_FAMILIES = (
    (r".*\[\]", Family.OTHER),
    (r"smallint|integer|int|int2|int4|int8|bigint|smallserial|serial|bigserial", Family.WHOLE),
    (r"(numeric|decimal)(\(.*\))?|real|double precision|double|float|float4|float8", Family.NUMBER),
    (r"text|(character varying|varchar|character|char|bpchar)(\(\d+\))?", Family.TEXT),
    (r"boolean|bool", Family.TRUTH),
    (r"date", Family.DAY),
    (r"timestamp.*|timestamptz.*", Family.MOMENT),
    (r"time.*|timetz.*", Family.TIME),
    (r"interval.*", Family.SPAN),
    (r"uuid", Family.IDENTIFIER),
    (r"jsonb?", Family.DOCUMENT),
    (r"bytea", Family.BYTES),
)
_INTO = {
    Family.WHOLE: {Family.NUMBER},
    Family.NUMBER: {Family.WHOLE},
    Family.DAY: {Family.MOMENT},
    Family.MOMENT: {Family.DAY, Family.TIME},
    Family.TIME: {Family.SPAN},
}
_WHOLE_SIZES = {"smallint": 2, "int2": 2, "integer": 4, "int": 4, "int4": 4, "bigint": 8, "int8": 8}
_LENGTH = re.compile(r"(?:character varying|varchar|character|char|bpchar)\((\d+)\)")
_DIGITS = re.compile(r"(?:numeric|decimal)\((\d+)(?:,\s*(-?\d+))?\)")
_UNSCALED = re.compile(r"numeric|decimal")
_EXACT = re.compile(r"(?:numeric|decimal)\b")
_SEVERAL_VALUES = re.compile(r".*\[\]|jsonb?|\w+range")
_PRECISION = re.compile(r"time(?:stamp)?\w*\((\d)\)")


def names_a_row(type_: str) -> bool:
    """Whether the journal's text of a key of this type, which must hold a single value, finds its row again."""
    return not _SEVERAL_VALUES.fullmatch(type_)


def is_unscaled(type_: str) -> bool:
    """Whether a number keeps the decimal places it was written with, so that one value may have several texts."""
    return bool(_UNSCALED.fullmatch(type_.lower()))


def decimal_scale(type_: str) -> int | None:
    """How many decimal places a `numeric` keeps; None where it declares none, and for other types."""
    digits = _DIGITS.fullmatch(type_.lower())
    return int(digits[2] or 0) if digits else None


def exact_scale(type_: str) -> int | None:
    """How many decimal places each exact number of this type is written with; None for other types."""
    return 0 if family_of(type_) is Family.WHOLE else decimal_scale(type_)


def family_of(type_: str) -> Family:
    """The family of a type in PostgreSQL's spelling."""
    name = type_.lower()
    return next((family for pattern, family in _FAMILIES if re.fullmatch(pattern, name)), Family.OTHER)


def converts(source: str, target: str) -> bool:
    """Whether values of one type convert to another without an explicit cast; texts are parsed."""
    here, there = family_of(source), family_of(target)
    free = {Family.TEXT, Family.OTHER}
    return here == there or here in free or there in free or there in _INTO.get(here, ())


def most_characters(type_: str) -> int | None:
    """How long a text a column of this type can hold; None when there is no limit."""
    found = _LENGTH.fullmatch(type_.lower())
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Loss:
    """What a conversion from one type to another can lose or refuse.

    Where it `merges`, two different values may silently become one.
    """

    what: str
    merges: bool = False


def loss_of(source: str, target: str) -> Loss | None:
    """What can be lost or refused between two types that convert; None when nothing can."""
    here, there = family_of(source), family_of(target)
    losses = (
        _parsed(here, there),
        _fractions(source.lower(), there),
        _narrower_number(source.lower(), target.lower()),
        _shorter(source.lower(), target.lower()),
        _moments(source.lower(), target.lower()),
    )
    return next((loss for loss in losses if loss), None)


def _parsed(here: Family, there: Family) -> Loss | None:
    if here is Family.TEXT and there not in {Family.TEXT, Family.OTHER}:
        return Loss(f"a text that is no {there} stops the copy")
    return None


def _fractions(source: str, there: Family) -> Loss | None:
    digits = _DIGITS.match(source)
    if family_of(source) is not Family.NUMBER or there is not Family.WHOLE:
        return None
    if digits and not int(digits[2] or 0):
        return Loss("a number that is too large stops the copy")
    return Loss("fractions are rounded or stop the copy", merges=True)


def _narrower_number(source: str, target: str) -> Loss | None:
    sizes = _WHOLE_SIZES.get(source), _WHOLE_SIZES.get(target)
    if sizes[0] and sizes[1] and sizes[0] > sizes[1]:
        most = (1 << (8 * sizes[1] - 1)) - 1
        return Loss(f"a number beyond {most:,} stops the copy")
    if target in {"real", "float4"} and family_of(source) in {Family.WHOLE, Family.NUMBER} and source != target:
        return Loss("only about 6 digits are kept", merges=True)
    if target in {"double precision", "float8"} and (source in {"bigint", "int8"} or _EXACT.match(source)):
        return Loss("only about 15 digits are kept", merges=True)
    digits = _DIGITS.match(target)
    if not digits or family_of(source) not in {Family.WHOLE, Family.NUMBER}:
        return None
    whole, scale = int(digits[1]) - int(digits[2] or 0), int(digits[2] or 0)
    known = _DIGITS.match(source)
    if known and whole >= int(known[1]) - int(known[2] or 0) and scale >= int(known[2] or 0):
        return None
    if sizes[0]:
        fits = whole >= {2: 5, 4: 10, 8: 19}[sizes[0]]
        return None if fits else Loss(f"a number of more than {whole} digits stops the copy")
    rounds = not known or scale < int(known[2] or 0)
    return Loss(f"digits after the first {scale} are rounded, more than {whole} before them stop the copy", rounds)


def _shorter(source: str, target: str) -> Loss | None:
    most, known = _LENGTH.match(target), _LENGTH.match(source)
    if not most or (known and int(known[1]) <= int(most[1])) or family_of(source) is not Family.TEXT:
        return None
    return Loss(f"a text of more than {most[1]} characters stops the copy")


def _moments(source: str, target: str) -> Loss | None:
    here, there = family_of(source), family_of(target)
    if here is Family.MOMENT and there is Family.DAY:
        return Loss("the time of day is lost", merges=True)
    if here is Family.MOMENT and there is Family.TIME:
        return Loss("the day is lost", merges=True)
    least, known = _PRECISION.match(target), _PRECISION.match(source)
    if least and here is there and (not known or int(known[1]) > int(least[1])):
        return Loss(f"fractions of a second are rounded to {least[1]} digits", merges=True)
    if here is there is Family.MOMENT and _zoned(source) != _zoned(target):
        return Loss("moments without a time zone are taken for UTC")
    return None


def _zoned(type_: str) -> bool:
    return type_.startswith("timestamptz") or type_.endswith("with time zone")
