"""What becomes of the requests that were chosen to be shadowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass


@dataclass(slots=True)
class ShadowCounts:
    """Each request that was chosen is counted once, when it is over, in one of these or as compared.

    `dropped` had no place, `too_large` bodies beyond the bound, `unsafe` could write where that was not opted in,
    `partial` was answered with less than the whole (304, 206), `cut_off` not to its end, `failed` not by the other
    side. Those `unconfirmed` differ, and v1 could not be asked what it says by now.
    """

    dropped: int = 0
    too_large: int = 0
    unsafe: int = 0
    partial: int = 0
    cut_off: int = 0
    failed: int = 0
    unconfirmed: int = 0


def sum_of(counts: Iterable[ShadowCounts]) -> ShadowCounts:
    """Add up what several gateways have counted."""
    return ShadowCounts(*(sum(column) for column in zip(*map(astuple, counts), strict=True)))
