"""The messages of a publisher while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from strangler.cli.console import Console
from strangler.model.errors import StranglerError
from strangler.model.quantity import quantity
from strangler_etl.streams.publication import Round

_SIGN_OF_LIFE_SECONDS = 60.0
_PATIENCE_SECONDS = 10.0
"""After this long, a failure is probably not a restart of a server."""


@dataclass(slots=True)
class _Outage:
    """Failures without a success in between: the time of the first, how many, and when they are to be told again."""

    since: float
    tries: int = 0
    tell_at: float = 0.0


class PublishingAccount:
    """Reports what is published, each obstacle at once and when it lasts, and every minute that it is alive."""

    def __init__(self, console: Console, now: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._now = now
        self._told_at = now()
        self._told_events = 0
        self._said: str | None = None
        self._outage: _Outage | None = None
        self.events = 0
        self.records = 0
        self.greeting: str | None = None
        """A message that is printed once it is certain that something can be published."""
        self.begun: Callable[[], None] = lambda: None
        """Called after each round that succeeded."""

    def trouble(self, error: StranglerError) -> None:
        """Report what keeps the publisher from continuing: at once, after ten seconds, and then every minute."""
        now = self._now()
        outage = self._outage = self._outage or _Outage(now, tell_at=now + _PATIENCE_SECONDS)
        outage.tries += 1
        self._say(str(error))
        if now >= outage.tell_at:
            tried = f"{quantity(outage.tries, 'try', 'tries')} in {now - outage.since:.0f} s"
            self._console.note(f"warning: {tried} have failed: {error}; nothing is published, and trying goes on")
            outage.tell_at = now + _SIGN_OF_LIFE_SECONDS

    def edit_unreadable(self, error: StranglerError) -> None:
        """Report that an edit cannot be read."""
        self._console.note(f"warning: {error}; publishing goes on by what it said before")

    def edit_effective(self) -> None:
        """Report that an edit takes effect."""
        self._said = None
        self._console.note(
            "strangler.toml or the design document has changed: beginning anew; what was published stays as it was:"
            " strangler events replay --rows publishes every row again"
        )

    def told(self, done: Round) -> None:
        """Report what a round has published, or what it is waiting for."""
        self.begun()
        self._outage = None
        if self.greeting is not None:
            self._console.note(self.greeting)
            self.greeting = None
        self.events, self.records = self.events + done.events, self.records + done.records
        if done.waiting is not None:
            self._say(done.waiting)
            return
        self._said = None
        if done.events:
            self._console.detail(f"{quantity(done.events, 'event')} of {quantity(done.records, 'change')}")
        if self._now() >= self._told_at + _SIGN_OF_LIFE_SECONDS:
            left = "more at once" if done.more else "nothing left"
            new = self.events - self._told_events
            self._console.note(f"{quantity(new, 'event')} published since, {self.events:,} in all; {left}")
            self._told_at, self._told_events = self._now(), self.events

    def _say(self, what: str) -> None:
        if what != self._said:
            self._said = what
            self._console.note(f"waiting: {what}")
