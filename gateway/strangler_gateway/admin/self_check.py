"""The result of one check a gateway makes of itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The result of one check; when `needed` is False, the gateway works without it for now."""

    name: str
    ok: bool
    detail: str = ""
    needed: bool = True


def healthy(checks: Iterable[SelfCheck]) -> bool:
    """Whether every needed check succeeded."""
    return all(check.ok for check in checks if check.needed)
