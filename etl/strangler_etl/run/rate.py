"""The rate limit of a run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from strangler.model.errors import UsageError


class RateUnit(StrEnum):
    """What is counted."""

    ROWS = "rows"
    BYTES = "bytes"
    """Bytes as they are sent: blocks of COPY, or values as text."""


@dataclass(frozen=True, slots=True)
class Rate:
    """`amount` of `unit` per second; more than 0."""

    amount: float
    unit: RateUnit

    def __str__(self) -> str:
        if self.unit is RateUnit.ROWS:
            return f"{self.amount:,g} rows/s" if self.amount < 1 else f"{self.amount:,.0f} rows/s"
        name, size = next((name, size) for name, size in reversed(_SIZES.items()) if self.amount >= size or size == 1)
        return f"{self.amount / size:,.4g} {name}/s"

    def rows(self, row_bytes: float) -> float:
        """About how many rows per second this is, for rows of `row_bytes` each."""
        return self.amount if self.unit is RateUnit.ROWS else self.amount / max(1.0, row_bytes)


_SIZES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_SPELLED = {name.lower(): size for name, size in _SIZES.items()} | {"kib": 2**10, "mib": 2**20, "gib": 2**30}
_WRITTEN = re.compile(r"\s*([\d_]*\.?\d+)\s*(rows|[kmg]?i?b)?\s*/\s*s\s*", re.IGNORECASE)


def parse_rate(written: str) -> Rate:
    """Read ``5000/s``, ``5000 rows/s``, ``20MB/s`` or ``512 KiB/s``; UsageError for anything else."""
    match = _WRITTEN.fullmatch(written)
    amount = float(match[1].replace("_", "")) if match else 0.0
    unit = (match[2] or "rows").lower() if match else ""
    if not amount or unit not in {"rows", *_SPELLED}:
        raise UsageError(f"--rate {written} is no rate", remedy="write rows or bytes per second: 5000/s, 20MB/s")
    return Rate(amount, RateUnit.ROWS) if unit == "rows" else Rate(amount * _SPELLED[unit], RateUnit.BYTES)
