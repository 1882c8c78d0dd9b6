"""A moment of one gateway, by which it says what had happened and a follower says up to where that is applied.

It is the gateway's own: nobody compares it with another clock, so clocks of different hosts may differ.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """`seconds` of the monotonic clock of a `gateway`; another start of the gateway has another name.

    The clock is that of the host, so all processes of a gateway share it.
    """

    gateway: str
    seconds: float
