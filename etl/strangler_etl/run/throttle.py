"""Limits the rate of a run, which anybody may change while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from strangler_etl.engine.session import Session
from strangler_etl.run.rate import Rate, RateUnit

_LOOK_SECONDS = 0.5
_NAP_SECONDS = 0.2
"""No single wait is longer: the rate may have changed, or the run may be at its end."""
_SAVED_SECONDS = 1.0
"""How many seconds' worth of unused rate a run may catch up after it was slower than allowed."""
_OVERDUE_SECONDS = 2.0
_WORTH_SECONDS = 0.001
"""No single wait is shorter: a clock might not move."""


def read_rate(target: Session, service: str) -> Rate | None:
    """The rate limit of a service's runs; None without one."""
    found = target.rows(
        f"SELECT amount, unit FROM {target.own('throttle')} WHERE service = {target.placeholder}", [service]
    )
    return Rate(float(str(found[0][0])), RateUnit(str(found[0][1]))) if found else None


def write_rate(target: Session, service: str, rate: Rate | None) -> None:
    """Set the rate limit of a service's runs, including those under way."""
    table, mark = target.own("throttle"), target.placeholder
    with target.transaction():
        target.execute(f"DELETE FROM {table} WHERE service = {mark}", [service])
        if rate is not None:
            target.execute(
                f"INSERT INTO {table} (service, amount, unit) VALUES ({mark}, {mark}, {mark})",
                [service, rate.amount, rate.unit.value],
            )


class Throttle:
    """Counts what is copied, and waits until that much was allowed.

    `read` returns the rate allowed now; only the thread that calls `look` calls it. Everything else may be called from
    any thread.
    """

    def __init__(
        self,
        read: Callable[[], Rate | None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._read = read
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._rate = read()
        self._looked = self._counted = clock()
        self._debt = 0.0

    @property
    def rate(self) -> Rate | None:
        """The allowed rate when `look` last read it."""
        return self._rate

    def look(self) -> None:
        """Read the allowed rate, but no more often than makes a difference."""
        if self._clock() - self._looked < _LOOK_SECONDS:
            return
        rate, self._looked = self._read(), self._clock()
        with self._lock:
            if rate != self._rate:
                self._rate, self._debt, self._counted = rate, 0.0, self._clock()

    def count(self, amount: int, unit: RateUnit) -> None:
        """Count this much as copied."""
        with self._lock:
            self._pay()
            if self._rate is not None and self._rate.unit is unit:
                self._debt += amount

    @property
    def seconds_due(self) -> float:
        """How long to wait until everything copied so far is within the rate."""
        with self._lock:
            self._pay()
            seconds = 0.0 if self._rate is None else self._debt / self._rate.amount
        return seconds if seconds >= _WORTH_SECONDS else 0.0

    @property
    def overdue(self) -> bool:
        """Whether to copy nothing more from the open snapshot, because it would grow old."""
        return self.seconds_due > _OVERDUE_SECONDS

    def wait(self) -> None:
        """Wait until everything copied is within the rate, looking now and then; for the thread that may `look`."""
        self.look()
        while seconds := self.seconds_due:
            self._sleep(min(seconds, _NAP_SECONDS))
            self.look()

    def pause(self, stopped: Callable[[], bool]) -> None:
        """Wait until everything copied is within the rate, or `stopped`."""
        while not stopped() and (seconds := self.seconds_due):
            self._sleep(min(seconds, _NAP_SECONDS))

    def _pay(self) -> None:
        now = self._clock()
        if self._rate is not None:
            earned = self._rate.amount * (now - self._counted)
            self._debt = max(self._debt - earned, -self._rate.amount * _SAVED_SECONDS)
        self._counted = now
