"""A retry budget, so that retries do not multiply the load of an application in trouble.

Each request earns a fraction of a retry, and each retry costs a whole one: the token bucket of Finagle's
``RetryBudget`` and of gRPC's retry throttling (gRFC A6).
"""

from __future__ import annotations

from typing import Final

RESERVE: Final = 10.0
"""The initial balance, and the most that can be saved up, in retries."""


class RetryBudget:
    """Allows at most `reserve` + `ratio` x requests retries, however many requests fail.

    `spent` and `refused` count the retries that were made and those that were not allowed.
    """

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
        """Credit a request; retries earn nothing."""
        if self._balance < self._reserve:
            self._balance = min(self._balance + self._ratio, self._reserve)

    def spend(self) -> bool:
        """Pay for a retry; False when it may not be made."""
        # In floating point, ten times 0.1 is a little less than 1.
        if self._balance < 1 - 1e-9:
            self.refused += 1
            return False
        self._balance -= 1
        self.spent += 1
        return True
