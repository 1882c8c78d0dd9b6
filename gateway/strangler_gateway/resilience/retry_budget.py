"""A budget of retries, so that an application in trouble is not given a multiple of its load.

Each request earns a share of a retry, each retry costs a whole one: the token bucket of Finagle's ``RetryBudget`` and
of gRPC's retry throttling (gRFC A6).
"""

from __future__ import annotations

from typing import Final

RESERVE: Final = 10.0
"""Retries that may be made before anything was earned, and the most that is saved up."""


class RetryBudget:
    """At most `reserve` + `ratio` x requests retries are allowed, however many fail."""

    __slots__ = ("_balance", "_ratio", "_reserve", "refused", "spent")

    def __init__(self, ratio: float, reserve: float = RESERVE) -> None:
        self._ratio = ratio
        self._reserve = reserve
        self._balance = reserve
        self.spent = 0
        self.refused = 0

    @property
    def balance(self) -> float:
        """How many retries may be made now."""
        return self._balance

    def earn(self) -> None:
        """Take note of a request, retries not counted."""
        if self._balance < self._reserve:
            self._balance = min(self._balance + self._ratio, self._reserve)

    def spend(self) -> bool:
        """Pay for a retry; False when it may not be made."""
        # Ten times .1 is a little less than 1.
        if self._balance < 1 - 1e-9:
            self.refused += 1
            return False
        self._balance -= 1
        self.spent += 1
        return True
