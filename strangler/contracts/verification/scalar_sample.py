"""Numbers and texts to send: ordinary ones, at and beyond the bounds, and those that programs stumble over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, floor

from strangler.contracts.document import Field
from strangler.contracts.type_reference import BuiltIn
from strangler.model.json_value import Json


class Expectation(StrEnum):
    """How the document says that a request must be answered."""

    SERVED = "served"
    """It is valid and ordinary, so it must be served."""
    EITHER = "either"
    """It may be served or refused, but only with a declared answer."""
    REFUSED = "refused"
    """It is invalid, so it must be refused."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A value, and what is special about it, as the end of a sentence: ``is at its least, 1``."""

    what: str
    value: Json
    expectation: Expectation
    needs_json: bool = False
    """Whether the value cannot be written as a parameter, which is a text."""

    def within(self, name: str, value: Json) -> Sample:
        """This sample as a part of a larger value."""
        return replace(self, what=f"{name} {self.what}", value=value)


AN_ARRAY = Sample("is an array", [], Expectation.REFUSED, needs_json=True)
AN_OBJECT = Sample("is an object", {}, Expectation.REFUSED, needs_json=True)


_ORDINARY: Mapping[BuiltIn, Json] = {
    BuiltIn.BOOLEAN: True,
    BuiltIn.UUID: "8f14e45f-ceea-467f-9b3c-000000000001",
    BuiltIn.DATE: "2026-01-31",
    BuiltIn.DATE_TIME: "2026-01-31T12:00:00Z",
    BuiltIn.DATE_TIME_LOCAL: "2026-01-31T12:00:00",
    BuiltIn.OBJECT: {},
    BuiltIn.JSON: {},
    BuiltIn.UNIT: None,
}
_WORD = "text"
_LONGEST_TEXT = 20_000
_BITS: Mapping[BuiltIn, int] = {BuiltIn.INTEGER: 31, BuiltIn.LONG: 63}
_HARD_TEXTS: Mapping[str, str] = {
    "has signs of several alphabets and quotes": "ä語\U0001f600'\"\\%_<b>",
    "has a NUL in it": "a\x00b",
    "is blank": " ",
}
_WRONG: Mapping[BuiltIn, tuple[Sample, ...]] = {
    BuiltIn.BOOLEAN: (
        Sample("is true", True, Expectation.SERVED),  # noqa: FBT003 - a value to be sent
        Sample("is false", False, Expectation.SERVED),  # noqa: FBT003
        Sample("is no boolean", "maybe", Expectation.REFUSED),
    ),
    BuiltIn.UUID: (Sample("is no UUID", "not-a-uuid", Expectation.REFUSED),),
    BuiltIn.DATE: (
        Sample("is a leap day", "2024-02-29", Expectation.EITHER),
        Sample("is a day that is not there", "2026-02-30", Expectation.REFUSED),
        Sample("is no date", "yesterday", Expectation.REFUSED),
    ),
    BuiltIn.DATE_TIME: (
        Sample("is in another zone", "2024-02-29T23:59:59.999999+14:00", Expectation.EITHER),
        Sample("is on a day that is not there", "2026-02-30T12:00:00Z", Expectation.REFUSED),
        Sample("is no time", "yesterday", Expectation.REFUSED),
    ),
    BuiltIn.DATE_TIME_LOCAL: (
        Sample("is at the end of a leap day", "2024-02-29T23:59:59.999999", Expectation.EITHER),
        Sample("is on a day that is not there", "2026-02-30T12:00:00", Expectation.REFUSED),
        Sample("has an offset", "2026-01-31T12:00:00+02:00", Expectation.REFUSED),
        Sample("is in UTC", "2026-01-31T12:00:00Z", Expectation.REFUSED),
        Sample("is no time", "yesterday", Expectation.REFUSED),
    ),
    BuiltIn.OBJECT: (AN_ARRAY,),
    BuiltIn.JSON: (Sample("is null", None, Expectation.EITHER, needs_json=True),),
    BuiltIn.UNIT: (),
}


def ordinary_text(type_: BuiltIn, bounds: Field | None) -> Json:
    """An ordinary value of a built-in type within the bounds of a field."""
    low, high = _bounds(bounds)
    match type_:
        case BuiltIn.INTEGER | BuiltIn.LONG:
            return _clipped(1, None if low is None else ceil(low), None if high is None else floor(high))
        case BuiltIn.DECIMAL | BuiltIn.DOUBLE:
            return _clipped(1.5, low, high)
        case BuiltIn.STRING:
            return _text(
                max(len(_WORD), int(low or 0)) if high is None else min(max(len(_WORD), int(low or 0)), int(high))
            )
        case _:
            return _ORDINARY[type_]


def at_bounds(type_: BuiltIn, bounds: Field | None) -> Iterator[Sample]:
    """Values of a built-in type that show whether its bounds are kept."""
    match type_:
        case BuiltIn.INTEGER | BuiltIn.LONG:
            yield from _whole_numbers(_BITS[type_], *_bounds(bounds))
        case BuiltIn.DECIMAL | BuiltIn.DOUBLE:
            yield from _numbers(*_bounds(bounds))
        case BuiltIn.STRING:
            yield from _texts(*_bounds(bounds))
        case _:
            yield from _WRONG[type_]


def _whole_numbers(bits: int, low: float | None, high: float | None) -> Iterator[Sample]:
    """Those at the bounds of the type are valid too, but a program may answer that it has no such row."""
    least, most = -(1 << bits), (1 << bits) - 1
    floor_, roof = least if low is None else max(least, ceil(low)), most if high is None else min(most, floor(high))
    for value, name, declared in ((floor_, "least", low), (roof, "most", high)):
        yield Sample(
            f"is at its {name}, {value}", value, Expectation.EITHER if declared is None else Expectation.SERVED
        )
    yield Sample(f"is too small, {floor_ - 1}", floor_ - 1, Expectation.REFUSED)
    yield Sample(f"is too large, {roof + 1}", roof + 1, Expectation.REFUSED)
    yield Sample("is no number", "seven", Expectation.REFUSED)
    yield Sample("is no whole number", 1.5, Expectation.REFUSED)


def _numbers(low: float | None, high: float | None) -> Iterator[Sample]:
    for value, name, step in ((low, "least", -1), (high, "most", 1)):
        if value is not None:
            yield Sample(f"is at its {name}, {value:g}", value, Expectation.SERVED)
            if value + step != value:
                yield Sample(f"is too {'small' if step < 0 else 'large'}", value + step, Expectation.REFUSED)
    yield Sample("is no number", "seven", Expectation.REFUSED)


def _texts(low: float | None, high: float | None) -> Iterator[Sample]:
    least, most = None if low is None else int(low), None if high is None else int(high)
    for length, name in ((least, "shortest"), (most, "longest")):
        if length is not None and length <= _LONGEST_TEXT:
            yield Sample(f"is at its {name}, {length}", _text(length), Expectation.SERVED)
    if least is not None and 0 < least <= _LONGEST_TEXT:
        yield Sample(f"is too short, {least - 1}", _text(least - 1), Expectation.REFUSED)
    if most is not None and most < _LONGEST_TEXT:
        yield Sample(f"is too long, {most + 1}", _text(most + 1), Expectation.REFUSED)
    if least is None:
        yield Sample("is empty", "", Expectation.EITHER)
    for what, text in _HARD_TEXTS.items():
        made = text.ljust(least or 0, "a")
        if most is None or len(made) <= most:
            yield Sample(what, made, Expectation.EITHER)
    yield Sample("is no text", 7, Expectation.REFUSED, needs_json=True)


def _text(length: int) -> str:
    return (_WORD * (length // len(_WORD) + 1))[:length]


def _bounds(field: Field | None) -> tuple[float | None, float | None]:
    return (None, None) if field is None else (field.minimum, field.maximum)


def _clipped(value: float, low: float | None, high: float | None) -> float:
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value
