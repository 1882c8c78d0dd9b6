"""Hosts that get no new requests, so that they can be stopped."""

from __future__ import annotations

from dataclasses import dataclass

MONOLITH = "monolith"


@dataclass(frozen=True, slots=True, order=True)
class DrainedHost:
    """`upstream`, as in ``http://10.0.0.1:8100``, of v2 of a service, or of the monolith, which is called so."""

    application: str
    upstream: str

    def __str__(self) -> str:
        return f"{self.upstream} of {self.application}"
