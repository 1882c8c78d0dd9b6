"""Which values the driver converts when it reads them."""

from __future__ import annotations

from collections.abc import Callable

from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions

_WRITTEN = (FIELD_TYPE.DATE, FIELD_TYPE.DATETIME, FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIME, FIELD_TYPE.NEWDATE)
READ: dict[int | type, Callable[..., object]] = {
    kind: form for kind, form in conversions.items() if kind not in _WRITTEN
}
"""Timestamps and times stay texts: Python's own types cannot hold all of them."""
