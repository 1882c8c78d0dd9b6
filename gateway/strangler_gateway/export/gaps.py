"""What another proxy can not do, or does in another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strangler_gateway.export.setting import ExportSetting


@dataclass(frozen=True, slots=True)
class Gap:
    """`subject` is a part of the plan, such as the name of a route, or `EVERY`; `lost` says what is not as here."""

    subject: str
    lost: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.lost}"


EVERY = "every request"
"""The subject of what is so whatever the plan says."""


def gaps_of_any(setting: ExportSetting) -> Iterator[Gap]:
    """Return what no other proxy does."""
    plan = setting.plan
    if plan.services:
        yield Gap(EVERY, "writes are not held while the authority over a service moves: cut over behind the gateway")
    if any(route.split or route.share >= 100 for route in plan.routes if not route.stateless):
        yield Gap(EVERY, "a client that has just written may read from the side that does not have it yet")
    terms = [plan.monolith_resilience, *(service.resilience for service in plan.services.values())]
    if any(term.total_seconds for term in terms):
        yield Gap(EVERY, "total_seconds is not heeded: what bounds an answer is try_seconds, for each try")
