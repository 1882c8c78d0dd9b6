"""Gaps: what another proxy cannot do, or does differently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler_gateway.export.setting import ExportSetting


@dataclass(frozen=True, slots=True)
class Gap:
    """One difference: `subject` is a part of the plan, such as a route's name, or `EVERY`; `lost` says what differs."""

    subject: str
    lost: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.lost}"


EVERY = "every request"
"""The subject of gaps that affect every request."""


def gaps_of_any(setting: ExportSetting) -> Iterator[Gap]:
    """Yield the gaps that every other proxy has."""
    plan = setting.plan
    if plan.services:
        yield Gap(EVERY, "writes are not held while the authority over a service moves: cut over behind the gateway")
    if any(route.split or route.share >= 100 for route in plan.routes if not route.stateless):
        yield Gap(EVERY, "a client that has just written may read from the side that does not have it yet")
    terms = [plan.monolith_resilience, *(service.resilience for service in plan.services.values())]
    if any(term.total_seconds for term in terms):
        yield Gap(EVERY, "total_seconds and fallback_seconds are ignored: try_seconds limits each try")
