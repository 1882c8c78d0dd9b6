"""What one client of a gateway may take: every figure that can be set."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WireTerms:
    """What a client may take: seconds for a head, a part of a body and between requests; bytes of a body."""

    head_seconds: float = 10.0
    body_seconds: float = 60.0
    idle_seconds: float = 75.0
    most_body: int | None = None


WIRE_TERMS = WireTerms()
