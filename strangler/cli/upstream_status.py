"""Checks whether applications behind the gateway answer, and what time they have."""

from __future__ import annotations

import time
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx

from strangler.model.clock import ClockReading
from strangler.model.errors import UnavailableError
from strangler_gateway.admin.client import reason_of

UPSTREAM_SECONDS = 2.0
DATE_SECONDS = 2.0
"""A ``Date`` has whole seconds, and servers renew it once a second (RFC 9110, section 6.6.1)."""


def http_status(url: str) -> int:
    """Send a GET request and return the status of the answer; UnavailableError if none comes within two seconds."""
    try:
        # The body is not read: the head is the answer.
        with httpx.stream("GET", url, timeout=UPSTREAM_SECONDS, trust_env=False) as answer:
            return answer.status_code
    except httpx.HTTPError as error:
        raise UnavailableError(reason_of(error), where=url) from error


def http_clock(url: str) -> ClockReading | None:
    """Send a GET request and read the clock of whoever answers; None without an answer of its own that is dated."""
    before = time.time()
    try:
        with httpx.stream("GET", url, timeout=UPSTREAM_SECONDS, trust_env=False) as answer:
            after = time.time()
            # An answer with an age comes from a cache, and its date is older.
            date = _date(answer.headers.get("Date", "")) if "Age" not in answer.headers else None
    except httpx.HTTPError:
        return None
    return ClockReading(date.timestamp(), before, after, DATE_SECONDS) if date is not None else None


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None
