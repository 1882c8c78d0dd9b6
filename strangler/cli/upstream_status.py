"""Checks whether applications behind the gateway answer."""

from __future__ import annotations

import httpx

from strangler.model.errors import UnavailableError
from strangler_gateway.admin.client import reason_of

UPSTREAM_SECONDS = 2.0


def http_status(url: str) -> int:
    """Send a GET request and return the status of the answer; UnavailableError if none comes within two seconds."""
    try:
        # The body is not read: the head is the answer.
        with httpx.stream("GET", url, timeout=UPSTREAM_SECONDS, trust_env=False) as answer:
            return answer.status_code
    except httpx.HTTPError as error:
        raise UnavailableError(reason_of(error), where=url) from error
