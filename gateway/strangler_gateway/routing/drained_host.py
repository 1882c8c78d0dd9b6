"""Hosts that get no new requests, so that they can be stopped."""

from __future__ import annotations

from dataclasses import dataclass

MONOLITH = "monolith"


@dataclass(frozen=True, slots=True, order=True)
class DrainedHost:
    """One host of an application: `upstream` as in ``http://10.0.0.1:8100``, `application` a service or `MONOLITH`."""

    application: str
    upstream: str

    def __str__(self) -> str:
        return f"{self.upstream} of {self.application}"
