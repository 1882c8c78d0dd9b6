"""The limits on clients of a gateway, and on the applications behind it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WireTerms:
    """Limits: seconds for the head, for each part of the body and between requests; bytes (`most_...`); and counts.

    None means no limit of its own.
    """

    head_seconds: float = 10.0
    body_seconds: float = 60.0
    idle_seconds: float = 75.0
    most_body: int | None = None
    most_line: int = 16 * 1024
    """The most bytes of the request line."""
    most_head: int = 64 * 1024
    """The most bytes of the whole head of a request."""
    most_field: int | None = None
    """The most bytes of one header field, its name included."""
    most_fields: int | None = None
    """The most header fields of a request."""
    most_response_head: int = 256 * 1024
    """The most bytes of the head of an application's response."""
    most_requests: int | None = None
    """The most requests on one connection, which ends with the last of them."""
    connection_seconds: float | None = None
    """The age after which a connection ends with its next response."""
    silence_seconds: float = 60.0
    """How long an application may pause during a response, a stream of events or a tunnel."""
    half_closed_seconds: float = 2.0
    """How long a client that has closed its side may go without anything to read; 0 takes it for gone at once."""


WIRE_TERMS = WireTerms()
