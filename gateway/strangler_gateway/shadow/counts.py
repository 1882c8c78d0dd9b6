"""Counts the outcomes of requests that were chosen to be shadowed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass


@dataclass(slots=True)
class ShadowCounts:
    """Outcomes other than a comparison; each chosen request counts once at its end, in one of these or as compared.

    `dropped`: no room for it. `too_large`: a body beyond the bound. `unsafe`: could write, and that was not opted in.
    `pinned`: a read of a client that has just written, which the other side may not know yet.
    `partial`: its response was less than the whole (304, 206). `cut_off`: its response broke off. `failed`: the other
    side gave no response. `unconfirmed`: the responses differ, and v1 could not be asked again.
    """

    dropped: int = 0
    too_large: int = 0
    unsafe: int = 0
    pinned: int = 0
    partial: int = 0
    cut_off: int = 0
    failed: int = 0
    unconfirmed: int = 0


def sum_of(counts: Iterable[ShadowCounts]) -> ShadowCounts:
    """Add up what several gateways have counted."""
    return ShadowCounts(*(sum(column) for column in zip(*map(astuple, counts), strict=True)))
