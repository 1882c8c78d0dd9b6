"""One text for each value, whatever database and driver it comes from, so that both sides of a copy can be compared.

A value is read by the type of the column it is for: one database writes a timestamp with a zone and another as text,
one a number as a decimal and another as a float.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from ipaddress import ip_interface
from uuid import UUID

from strangler_etl.engine.session import Value
from strangler_etl.values.conversions import decimal_scale
from strangler_etl.verification.moments import MICROSECONDS, digits_beyond, kept_moment, kept_time, moment_of

Canonical = Callable[[Value], str | None]
"""From a driver's value to its text; None stays None."""
_Document = Mapping[str, "_Document"] | list["_Document"] | str | int | float | Decimal | None


def canonical_of(type_: str) -> Canonical:
    """The canonical form of the values of a column of this type (in its engine's spelling)."""
    name = type_.lower()
    if name.endswith("[]"):
        return _numbers if _SEVERAL_NUMBERS.match(name) else canonical_value
    if (scale := decimal_scale(name)) is not None:
        return _rounded(scale)
    if calendar := _PRECISION.match(name):
        digits = int(calendar[2] or MICROSECONDS)
        return _moment_to(digits) if calendar[1] == "timestamp" else _time_to(digits)
    return next((form for pattern, form in _FORMS if pattern.match(name)), canonical_value)


def canonical_value(value: Value) -> str | None:
    """The text of a value by its Python type: for column types that need no interpretation."""
    match value:
        case None | str():
            return value
        case bool():
            return str(int(value))
        case int():
            return str(value)
        case Decimal() | float():
            return _number(value)
        case datetime():
            return _moment(value)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return f"{value // timedelta(microseconds=1)}us"
        case bytes() | bytearray():
            return value.hex()
        case Mapping() | list() | tuple():
            return json.dumps(value, sort_keys=True, ensure_ascii=False, default=canonical_value)
        case _:
            return str(value)


def _number(value: Value) -> str | None:
    if isinstance(value, bool | int):
        return str(int(value))
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return canonical_value(value) if isinstance(value, str | bytes | None) else str(value)
    if not number.is_finite():
        return str(number)
    # Not `normalize`, which rounds to the precision of the context.
    digits = format(number, "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def _rounded(scale: int) -> Canonical:
    """The form of a number that its column keeps with this many decimal places, rounding half away from zero."""
    unit = Decimal(1).scaleb(-scale)

    def form(value: Value) -> str | None:
        text = _number(value)
        try:
            return None if text is None else _number(Decimal(text).quantize(unit, ROUND_HALF_UP, _ALL_DIGITS))
        except InvalidOperation:
            return text

    return form


def _truth(value: Value) -> str | None:
    if isinstance(value, str):
        return _TRUTHS.get(value.strip().lower(), value)
    return _number(value)


def _moment(value: Value) -> str | None:
    """A timestamp as SQLite's text has it, with any fraction of a second."""
    moment, beyond = moment_of(value)
    if moment is None:
        return value.isoformat() if isinstance(value, datetime) else canonical_value(value)
    return f"{moment.isoformat(timespec='microseconds')}{beyond}"


def _moment_to(digits: int) -> Canonical:
    """The form of a timestamp of which its column keeps this many digits of a second."""

    def form(value: Value) -> str | None:
        moment, beyond = moment_of(value)
        kept = kept_moment(moment, beyond, digits) if moment else None
        return kept.isoformat(timespec="microseconds") if kept else canonical_value(value)

    return form


def _time_to(digits: int) -> Canonical:
    """The form of a time of day of which its column keeps this many digits of a second."""

    def form(value: Value) -> str | None:
        text = _time(value)
        return None if text is None else kept_time(text, digits_beyond(value), digits)

    return form


def _day(value: Value) -> str | None:
    return (_moment(value) or "")[:10] if isinstance(value, datetime) else canonical_value(value)


def _identifier(value: Value) -> str | None:
    if isinstance(value, str):
        try:
            return str(UUID(value))
        except ValueError:
            return value
    if isinstance(value, bytes) and len(value) == 16:
        return str(UUID(bytes=value))
    return canonical_value(value)


def _document(value: Value) -> str | None:
    if value is None:
        return None
    if isinstance(value, float):
        # A SQLite column declared as JSON stores such a text as a number.
        value = repr(value)
    if not isinstance(value, str):
        return json.dumps(value, sort_keys=True, ensure_ascii=False, default=canonical_value)
    try:
        document: _Document = json.loads(value, parse_float=_document_number)
    except (ValueError, RecursionError):
        return value
    try:
        return json.dumps(document, sort_keys=True, ensure_ascii=False)
    except TypeError:
        return _document_text(document)


def _document_number(digits: str) -> int | float | Decimal:
    """The number, however it is written: ``1.50``, ``15e-1``; a decimal where a float would round it."""
    number = Decimal(digits)
    if number.adjusted() < _MOST_DIGITS and number == number.to_integral_value():
        return int(number)
    value = float(digits)
    return value if Decimal(repr(value)) == number else number


def _document_text(value: _Document) -> str:
    """A document with decimals in it, written as numbers."""
    if isinstance(value, Mapping):
        texts = sorted((_document_text(name), _document_text(member)) for name, member in value.items())
        return f"{{{', '.join(f'{name}: {member}' for name, member in texts)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_document_text, value))}]"
    if isinstance(value, Decimal):
        shown = abs(value.adjusted()) < _MOST_DIGITS
        return str(_number(value)) if shown else str(value.normalize(_ALL_DIGITS))
    return json.dumps(value, ensure_ascii=False)


def _span(value: Value) -> str | None:
    """Months, days and microseconds, none of which converts into another."""
    if not isinstance(value, str):
        return canonical_value(value)
    found = _SPAN.fullmatch(value)
    if not found:
        return value
    years, months, days, sign, hours, minutes, seconds, fraction = found.groups(default="")
    passed = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    microseconds = int(f"{sign}{passed}{fraction[:6]:0<6}")
    whole = int(years or 0) * 12 + int(months or 0)
    parts = ((whole, " months"), (int(days or 0), " days"), (microseconds, "us"))
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or "0us"


def _numbers(value: Value) -> str | None:
    """Several numbers, as the text of an array or a range."""
    text = canonical_value(value)
    return None if text is None else _DIGITS.sub(lambda digits: str(_number(Decimal(digits[0]))), text)


def _single(value: Value) -> str | None:
    """A number in the 32 bits of its column: engines print only the digits it needs, or all it has."""
    try:
        return _number(struct.unpack("f", struct.pack("f", float(str(value))))[0])
    except (OverflowError, ValueError):
        return _number(value)


def _text(value: Value) -> str | None:
    # A number as SQLite and Python write it.
    if isinstance(value, float):
        return str(value)
    # A BLOB that SQLite keeps in a text column is not a text, whatever its bytes are.
    return f"\0x'{value.hex()}'" if isinstance(value, bytes) else canonical_value(value)


def _compact(value: Value) -> str | None:
    # An engine without UUIDs keeps one as 32 digits.
    return value.hex if isinstance(value, UUID) else _text(value)


def canonical_key_of(type_: str) -> Canonical:
    """The canonical form of key values, which the destination accepts as the key's text."""
    return _KEYS.get(type_) or canonical_of(type_)


def _written_bytes(value: Value) -> str | None:
    """Bytes as PostgreSQL writes them; its own texts are in that form already."""
    return value if isinstance(value, str) else f"\\x{canonical_value(value)}"


def _written_moment(value: Value) -> str | None:
    """A timestamp as SQLite has it; PostgreSQL's own as it is written there."""
    if not isinstance(value, datetime):
        return canonical_value(value)
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return aware.replace(tzinfo=None).isoformat(" ")


_KEYS: Mapping[str, Canonical] = {"bytea": _written_bytes, "blob": _written_bytes, "datetime": _written_moment}


def _bytes(value: Value) -> str | None:
    return value.encode(errors="surrogateescape").hex() if isinstance(value, str) else canonical_value(value)


def _time(value: Value) -> str | None:
    if isinstance(value, str):
        try:
            value = time.fromisoformat(value)
        except ValueError:
            return canonical_value(value)
    return canonical_value(value)


def _address(value: Value) -> str | None:
    """An address with the width of its network, which engines omit for a single address."""
    text = canonical_value(value)
    if text is None:
        return None
    try:
        return str(ip_interface(text))
    except ValueError:
        return text


def _padded(value: Value) -> str | None:
    text = canonical_value(value)
    return None if text is None else text.rstrip(" ")


_ALL_DIGITS = Context(prec=150_000)
"""At least as many digits as PostgreSQL keeps of a number."""
_MOST_DIGITS = 400
"""More digits than a number in a document has, and few enough to be written out."""
_TRUTHS = {"t": "1", "true": "1", "yes": "1", "on": "1", "f": "0", "false": "0", "no": "0", "off": "0"}
_PRECISION = re.compile(r"(timestamp|time(?=[( ]))(?:\((\d)\))?")
_SPAN = re.compile(
    r"(?:([+-]?\d+) years? ?)?(?:([+-]?\d+) mons? ?)?(?:([+-]?\d+) days? ?)?"
    r"(?:([+-])?(\d+):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?"
)
"""As PostgreSQL writes it: https://www.postgresql.org/docs/current/datatype-datetime.html (interval output)."""
_SEVERAL_NUMBERS = re.compile(r"numeric|decimal|real|double|float")
_DIGITS = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?(?![\d:\]]*[:=])")
"""A number; before an array stands where it begins: ``[0:1]={1.5,2}``."""
_FORMS: tuple[tuple[re.Pattern[str], Canonical], ...] = (
    (re.compile(r"bool"), _truth),
    (re.compile(r"interval"), _span),
    (re.compile(r"num(multi)?range$"), _numbers),
    (re.compile(r"real$|float4"), _single),
    (re.compile(r"(big|small|tiny|medium)?(int|serial)|numeric|decimal|real|double|float|number"), _number),
    (re.compile(r"datetime"), _moment),
    (re.compile(r"date$"), _day),
    (re.compile(r"bytea|blob"), _bytes),
    (re.compile(r"character varying\(32\)$"), _compact),
    (re.compile(r"text$|character varying"), _text),
    (re.compile(r"uuid"), _identifier),
    (re.compile(r"jsonb?$"), _document),
    (re.compile(r"inet|cidr"), _address),
    (re.compile(r"(char|character|bpchar)(\(\d+\))?$"), _padded),
)
