"""Timestamps and times of day as a column stores them: in UTC, with a number of digits of a second."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from strangler_etl.engine.session import Value

MICROSECONDS = 6
"""The digits of a second that Python and PostgreSQL support."""

_BEYOND = re.compile(r":\d\d\.\d{6}(\d+)")
_CLOCK = re.compile(r"(?!24)\d\d:\d\d:\d\d")
_MIDNIGHT = datetime(2000, 1, 1)  # noqa: DTZ001 - UTC; PostgreSQL counts timestamps from here
_MICROSECOND = timedelta(microseconds=1)
_HALF = Decimal("0.5")


def moment_of(value: Value) -> tuple[datetime | None, str]:
    """A timestamp in UTC, and its digits of a second beyond the sixth; None for one that Python cannot hold."""
    beyond = digits_beyond(value)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None, ""
    if not isinstance(value, datetime):
        return None, ""
    # Without a zone it is UTC, which both connections are told to assume.
    try:
        return (value if value.tzinfo is None else value.astimezone(UTC)).replace(tzinfo=None), beyond
    except OverflowError:
        return None, ""


def digits_beyond(value: Value) -> str:
    """The digits of a second beyond the sixth in a text, without trailing zeros."""
    found = _BEYOND.search(value) if isinstance(value, str) else None
    return found[1].rstrip("0") if found else ""


def kept_moment(moment: datetime, beyond: str, digits: int) -> datetime:
    """What a PostgreSQL column with this many digits stores of a timestamp, rounding half away from the year 2000."""
    if not beyond and digits == MICROSECONDS:
        return moment
    return _MIDNIGHT + _rounded(moment - _MIDNIGHT, beyond, digits)


def kept_time(text: str, beyond: str, digits: int) -> str:
    """What a PostgreSQL column with this many digits stores of a time of day, and the zone behind it."""
    if not _CLOCK.match(text) or not (beyond or digits < MICROSECONDS):
        return text
    clock, zone = time.fromisoformat(text).replace(tzinfo=None), text[8:].lstrip(".0123456789")
    kept = _rounded(datetime.combine(_MIDNIGHT, clock) - _MIDNIGHT, beyond, digits)
    return f"24:00:00{zone}" if kept.days else f"{(_MIDNIGHT + kept).time().isoformat()}{zone}"


def _rounded(passed: timedelta, beyond: str, digits: int) -> timedelta:
    """Round to microseconds, half to even, and from there to the digits, half away from 0."""
    fraction, microseconds = Decimal(f"0.{beyond or 0}"), passed // _MICROSECOND
    microseconds += fraction > _HALF or (fraction == _HALF and microseconds % 2 == 1)
    unit = 10 ** (MICROSECONDS - digits)
    size = (abs(microseconds) + unit // 2) // unit * unit
    return (size if microseconds >= 0 else -size) * _MICROSECOND
