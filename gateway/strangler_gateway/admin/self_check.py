"""What a gateway says of one thing it looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """One thing that was looked at; where `needed` is False the gateway does its work without it, for now."""

    name: str
    ok: bool
    detail: str = ""
    needed: bool = True


def healthy(checks: Iterable[SelfCheck]) -> bool:
    """Whether nothing that is needed is missing."""
    return all(check.ok for check in checks if check.needed)
