"""One text for a value, wherever it comes from; different texts for different values."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from ipaddress import IPv4Address, IPv6Interface
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler_etl.verification.canonical import canonical_of


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("boolean", True, 1),
        ("bool", 0, "f"),
        ("numeric(10,2)", Decimal("12.50"), 12.5),
        ("numeric", Decimal("-0.00"), 0),
        ("numeric(10,2)", Decimal("-12.35"), -12.345),
        ("numeric(1000,-2)", 1e30, "1000000000000000000000000000049"),
        ("numeric(5)", "NaN", math.nan),
        ("bigint", 7, "7"),
        ("double precision", 5.0, 5),
        ("timestamp with time zone", datetime(1969, 7, 20, 20, 17, 40, 1, tzinfo=UTC), "1969-07-20 20:17:40.000001"),
        ("datetime", datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T00:00:00+00:00"),
        ("date", date(1900, 2, 28), "1900-02-28"),
        ("uuid", UUID(int=11), "00000000-0000-0000-0000-00000000000B"),
        ("jsonb", {"b": [1, None], "a": "ü"}, '{"a": "\\u00fc", "b": [1, null]}'),
        ("character(5)", "ab", "ab   "),
        ("inet", IPv4Address("127.0.0.1"), "127.0.0.1/32"),
        ("inet", IPv6Interface("2001:db8::1/64"), "2001:0DB8::1/64"),
        ("timestamp(0) without time zone", "2026-01-01 00:00:00.5", "2026-01-01 00:00:01"),
        ("timestamp(0) without time zone", "1999-12-31 23:59:59.5", "1999-12-31 23:59:59"),
        ("timestamp(3) with time zone", "2026-01-01 00:00:00.1236+00", "2026-01-01 02:00:00.124+02:00"),
        ("timestamp without time zone", "2026-01-01 00:00:00.1234567", "2026-01-01 00:00:00.123457"),
        ("datetime", "2026-01-01 00:00:00.1234560", "2026-01-01T00:00:00.123456"),
        ("time(0) without time zone", "23:59:59.6", "24:00:00"),
        ("time(1) with time zone", "10:00:00.14+02", "10:00:00.1+02:00"),
        ("time without time zone", "10:00:00.1234567", "10:00:00.123457"),
        ("datetime", datetime.min.replace(tzinfo=timezone(timedelta(hours=2))), "0001-01-01T00:00:00+02:00"),
        ("interval", "25:00:00", timedelta(hours=25)),
        ("interval", "00:00:00", timedelta()),
        ("interval", "-00:00:00.5", timedelta(microseconds=-500_000)),
        ("numeric[]", "[0:2]={1.50,NaN,-20}", "[0:2]={1.5,NaN,-20.0}"),
        ("double precision[]", "{-0,1e+30}", "{0,1e+30}"),
        ("numrange", "[1.0,20)", "[1,20.00)"),
        ("json", '{"b": 1.00000000000000000001, "a": 0.5}', '{"a": 0.50, "b": 1.000000000000000000010}'),
        ("json", "1.10e400", "11e399"),
        ("text", None, None),
    ],
)
def test_the_same_value_has_one_text(type_: str, one: object, other: object) -> None:
    """Two drivers, one value."""
    form = canonical_of(type_)
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("text", None, ""),
        ("text", "a", "a "),
        ("text", "127.0.0.1", "127.0.0.1/32"),
        ("inet", IPv4Address("10.0.0.1"), "10.0.0.1/8"),
        ("text", "1.0", "1"),
        ("numeric", Decimal("1.0000000000000000000000000000001"), Decimal(1)),
        ("double precision", math.nan, None),
        ("timestamp", datetime(2026, 1, 1, 0, 0, 0, 1), datetime(2026, 1, 1)),  # noqa: DTZ001 - without a zone
        ("bytea", b"ab", b"ba"),
        ("interval", timedelta(days=1), timedelta(days=1, microseconds=1)),
        ("datetime", "2026-01-01 00:00:00.1234567", "2026-01-01 00:00:00.1234561"),
        ("timestamp(0) without time zone", "2026-01-01 00:00:00.4", "2026-01-01 00:00:00.6"),
        ("time(1) with time zone", "10:00:00.1+02", "10:00:00.1+01"),
        ("interval", "1 mon", "30 days"),
        ("interval", "1 day", "24:00:00"),
        ("interval", "1 year", "1 mon"),
        ("interval", "-1 days +24:00:00", "00:00:00"),
        ("interval", "00:00:00.1", "00:00:00.01"),
        ("numeric[]", "{1.5,2}", "{1.5,20}"),
        ("numeric[]", "[0:1]={1,2}", "[1:2]={1,2}"),
        ("numeric[]", "[10:11]={1,2}", "[1:2]={1,2}"),
        ("json", "1.00000000000000000001", '"1.00000000000000000001"'),
        ("json", "[1e400]", '["1E+400"]'),
        ("json", "[" * 5_000 + "]" * 5_000, "[" * 5_000 + "1" + "]" * 5_000),
    ],
)
def test_different_values_have_different_texts(type_: str, one: object, other: object) -> None:
    """Nothing is rounded, trimmed or taken for empty."""
    form = canonical_of(type_)
    assert form(one) != form(other)


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 20))
def test_trailing_zeros_mean_nothing(number: Decimal, zeros: int) -> None:
    """However many digits a column keeps, the text is that of the number, and reads back as it."""
    form = canonical_of("numeric")
    digits = format(number, "f")
    padded = digits + ("" if "." in digits else ".") + "0" * zeros
    assert form(number) == form(Decimal(padded.rstrip(".")))
    assert Decimal(str(form(number))) == number


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_is_the_same_in_every_zone(moment: datetime) -> None:
    """Zones are a way to write it."""
    form = canonical_of("timestamp with time zone")
    try:
        utc = moment.astimezone(UTC)
    except OverflowError:
        return
    assert form(moment) == form(utc) == form(utc.isoformat())


@given(st.text(), st.text())
def test_texts_stay_what_they_are(one: str, other: str) -> None:
    """Equal exactly when they are equal."""
    form = canonical_of("character varying(80)")
    assert (form(one) == form(other)) == (one == other)
