"""Limits how fast and for how long requests are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from strangler.contracts.verification.answer import Outcome, Request, Send


@dataclass
class Pace:
    """Sends at most `rate` requests a second, for at most `seconds`; `clock` and `sleep` are in seconds."""

    send: Send
    rate: float
    seconds: float
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def __post_init__(self) -> None:
        self._end = self.clock() + self.seconds
        self._next = self.clock()

    def is_over(self) -> bool:
        """Whether the time is up."""
        return self.clock() >= self._end

    def __call__(self, request: Request) -> Outcome:
        """Send a request as soon as the rate allows."""
        now = self.clock()
        if self._next > now:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.rate
        return self.send(request)
