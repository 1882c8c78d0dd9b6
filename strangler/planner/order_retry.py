"""Repeats an order to gateways that do not confirm at once: one may be slow, or was killed and is restarting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from strangler.model.errors import UnavailableError
from strangler_gateway.admin.fleet import GatewaysMissingError

FIRST_PAUSE, LAST_PAUSE = 0.1, 1.0
"""Seconds between two attempts."""


class Timer(Protocol):
    """A monotonic clock in seconds, and a way to wait."""

    def now(self) -> float:
        """Seconds."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait for this long."""
        ...


@dataclass(frozen=True, slots=True)
class OrderRetry:
    """Lasts `seconds`, as long as the order is `valid`; `away` is called once for each reason to wait."""

    timer: Timer
    seconds: float
    valid: Callable[[], bool]
    away: Callable[[UnavailableError], None]

    def until_confirmed(self, order: Callable[[], None]) -> None:
        """Repeat an order until all gateways confirm it; raises its UnavailableError when they do not in time.

        Gateways that refuse are not asked again.
        """
        deadline = self.timer.now() + self.seconds
        pause, told = FIRST_PAUSE, set[str]()
        while True:
            try:
                return order()
            except UnavailableError as error:
                says_no = isinstance(error, GatewaysMissingError) and error.refused
                if says_no or self.timer.now() >= deadline or not self.valid():
                    raise
                if error.what not in told:
                    told.add(error.what)
                    self.away(error)
            self.timer.wait(pause)
            pause = min(2 * pause, LAST_PAUSE)
