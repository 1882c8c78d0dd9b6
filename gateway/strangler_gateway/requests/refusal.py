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

    @property
    def ends_connection(self) -> bool:
        """Whether anything may follow on its connection: the request was not understood, or not read whole."""
        return self.status < HTTPStatus.BAD_GATEWAY


def problem(refusal: Refusal) -> bytes:
    """Return the body of a refusal, ``application/problem+json`` of RFC 9457."""
    title = HTTPStatus(refusal.status).phrase
    return msgspec.json.encode(
        {"type": "about:blank", "title": title, "status": refusal.status, "detail": refusal.error}
    )


def refusal_fields(refusal: Refusal, body: bytes, *, persistent: bool) -> list[tuple[bytes, bytes]]:
    """Return the header fields of a refusal with this body; `persistent` means that its connection goes on."""
    found = [(b"Content-Type", b"application/problem+json"), (b"Content-Length", b"%d" % len(body))]
    if refusal.retry_after is not None:
        found.append((b"Retry-After", b"%d" % refusal.retry_after))
    if not persistent:
        found.append((b"Connection", b"close"))
    return found
