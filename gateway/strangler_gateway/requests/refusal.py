"""Responses of the gateway's own."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import msgspec


@dataclass(frozen=True, slots=True)
class Refusal:
    """A response of the gateway's own that refuses a request; `retry_after` is in seconds."""

    status: int
    error: str
    retry_after: int | None = None


def problem(refusal: Refusal) -> bytes:
    """Return the body of a refusal, ``application/problem+json`` of RFC 9457."""
    title = HTTPStatus(refusal.status).phrase
    return msgspec.json.encode(
        {"type": "about:blank", "title": title, "status": refusal.status, "detail": refusal.error}
    )
