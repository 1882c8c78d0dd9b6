"""Latencies as a document writes them: ``50ms``, ``1.5s``."""

from __future__ import annotations

import re

_LATENCY = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|s)")
_LONGEST = 600_000
"""Ten minutes in milliseconds: proxies give up long before."""


def parse_latency(text: str) -> float:
    """The milliseconds, above 0 and at most ten minutes; ValueError says what the text must look like."""
    match = _LATENCY.fullmatch(text)
    value = float(match[1]) * (1000 if match[2] == "s" else 1) if match else 0
    if not 0 < value <= _LONGEST:
        raise ValueError("must be a time above 0 and up to 600s, as in 50ms or 1.5s")
    return value


def latency_text(milliseconds: float) -> str:
    """The latency for people: ``50 ms``, ``1.5 s``."""
    if milliseconds < 1000:
        return f"{milliseconds:.6g} ms"
    return f"{milliseconds / 1000:.6g} s"
