"""The numbers and times of design documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, TypeAlias

from msgspec import Meta, UnsetType

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Timestamp = Annotated[dt.datetime, Meta(tz=True)]
"""A point in time, which requires an offset from UTC."""
LocalTimestamp = Annotated[dt.datetime, Meta(tz=False)]
"""A date and time of day in a time zone that the reader knows; an offset from UTC is refused."""


Decimals: TypeAlias = "Decimal | UnsetType | Sequence[Decimals] | Mapping[str, Decimals]"


def check_decimals(name: str, value: Decimals, minimum: Decimal | None = None, maximum: Decimal | None = None) -> None:
    """Raise ValueError for a decimal that is out of bounds, infinite or not a number, also within arrays and maps."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{name} must be finite")
        if minimum is not None and value < minimum:
            raise ValueError(f"{name} must be at least {minimum}")
        if maximum is not None and value > maximum:
            raise ValueError(f"{name} must be at most {maximum}")
    elif not isinstance(value, UnsetType):
        for item in value.values() if isinstance(value, Mapping) else value:
            check_decimals(name, item)


LocalTimes: TypeAlias = "dt.datetime | UnsetType | Sequence[LocalTimes] | Mapping[str, LocalTimes]"


def check_local_times(name: str, value: LocalTimes) -> None:
    """Raise ValueError for a time with an offset from UTC, also within arrays and maps."""
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            raise ValueError(f"{name} must have no offset from UTC")
    elif not isinstance(value, UnsetType):
        for item in value.values() if isinstance(value, Mapping) else value:
            check_local_times(name, item)
