"""Percentages on the command line."""

from __future__ import annotations

from strangler.model.errors import UsageError


def percent_of(option: str, text: str) -> float:
    """Parse ``10%`` or ``10``; UsageError says what `option` must be."""
    try:
        percent = float(text.removesuffix("%"))
    except ValueError:
        percent = -1
    if not 0 <= percent <= 100:
        raise UsageError(f"{option} {text} must be a share from 0% to 100%")
    return percent
