"""How a rate is written."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strangler.model.errors import UsageError
from strangler_etl.run.rate import Rate, RateUnit, parse_rate


@pytest.mark.parametrize(
    ("written", "amount", "unit", "shown"),
    [
        ("5000/s", 5_000, RateUnit.ROWS, "5,000 rows/s"),
        ("5_000 rows/s", 5_000, RateUnit.ROWS, "5,000 rows/s"),
        ("0.5/s", 0.5, RateUnit.ROWS, "0.5 rows/s"),
        ("20MB/s", 20_000_000, RateUnit.BYTES, "20 MB/s"),
        ("1.5 gb / s", 1_500_000_000, RateUnit.BYTES, "1.5 GB/s"),
        ("512KiB/s", 524_288, RateUnit.BYTES, "524.3 kB/s"),
        ("700B/s", 700, RateUnit.BYTES, "700 B/s"),
    ],
)
def test_rates(written: str, amount: float, unit: RateUnit, shown: str) -> None:
    """Rows or bytes per second, as they are written and shown."""
    assert parse_rate(written) == Rate(amount, unit)
    assert str(parse_rate(written)) == shown


@pytest.mark.parametrize(
    "written", ["", "5000", "0/s", "-5/s", "5000/m", "5 furlongs/s", "/s", ".", "1e3/s", "nan/s", "5 ib/s", "1,5MB/s"]
)
def test_what_is_no_rate(written: str) -> None:
    """It is said what one looks like; nothing is guessed."""
    with pytest.raises(UsageError, match="is no rate; write rows or bytes per second: 5000/s, 20MB/s"):
        parse_rate(written)


@given(st.text(max_size=12))
def test_any_text_is_a_rate_or_refused(written: str) -> None:
    """No other error, and never nothing per second."""
    with suppress(UsageError):
        assert parse_rate(written).amount > 0
