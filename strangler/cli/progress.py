"""Progress on standard error: live on a terminal, sparse lines in a log."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

import typer

from strangler.cli.common_options import ProgressMode, settings_of
from strangler.model.progress import Progress, SilentProgress

PLAIN_INTERVAL = 10.0
JSON_INTERVAL = 1.0
_LATELY_SECONDS = 30.0
_APART_SECONDS = 0.25

Clock = Callable[[], float]
"""Seconds since 1970."""


class Measure:
    """Counts one stage at a time: how much is done, how fast, and how long the rest takes.

    The estimate uses the recent rate: a run may be throttled, or begin with other work.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.start("", None)

    def start(self, stage: str, total: int | None, done: int = 0) -> None:
        """Begin to count `stage`."""
        self.stage, self.total, self.done, self._before = stage, total, done, done
        self._begun = self._clock()
        self._limit: float | None = None
        self._seen = deque([(self._begun, done)])

    def count(self, n: int) -> None:
        """Count `n` more units."""
        self.done += n
        now = self._clock()
        if now - self._seen[-1][0] >= _APART_SECONDS:
            self._seen.append((now, self.done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _LATELY_SECONDS:
            self._seen.popleft()

    def limit(self, rate: float | None) -> None:
        """Base the estimate on the rate that is allowed from now on."""
        if rate != self._limit:
            self._limit = rate
            self._seen = deque([(self._clock(), self.done)])

    @property
    def seconds(self) -> float:
        """How long the stage has been running."""
        return self._clock() - self._begun

    @property
    def rate(self) -> float:
        """The average units per second of the stage so far."""
        return (self.done - self._before) / self.seconds if self.seconds > 0 else 0.0

    @property
    def recent_rate(self) -> float:
        """The recent units per second."""
        begun, before = self._seen[0]
        seconds = self._clock() - begun
        return (self.done - before) / seconds if seconds > 0 else 0.0

    @property
    def remaining_seconds(self) -> float | None:
        """The seconds left at the recent or allowed rate; None while they are unknown."""
        rates = [rate for rate in (self.recent_rate, self._limit) if rate]
        if self.total is None or not rates:
            return None
        return max(0.0, (self.total - self.done) / min(rates))


class LineProgress:
    """Writes a line now and then: at most one every `interval` seconds, and one at the end of a stage."""

    def __init__(
        self,
        write: Callable[[str], object],
        render: Callable[[Measure, datetime, bool], str],
        interval: float,
        clock: Clock,
    ) -> None:
        self._write = write
        self._render = render
        self._interval = interval
        self._clock = clock
        self._measure = Measure(clock)
        self._last = clock()

    def start(self, stage: str, total: int | None, done: int = 0) -> None:
        """Begin `stage` without a line, because most stages end at once."""
        self._measure.start(stage, total, done)
        self._last = self._clock()

    def limit(self, rate: float | None) -> None:
        """Assume at most `rate` units per second from now on."""
        self._measure.limit(rate)

    def advance(self, n: int = 1) -> None:
        """Count, and write a line if the last one is old enough."""
        self._measure.count(n)
        if self._clock() - self._last >= self._interval:
            self._line(ended=False)

    def finish(self) -> None:
        """Write a line about the finished stage."""
        self._line(ended=True)

    def _line(self, *, ended: bool) -> None:
        self._last = self._clock()
        now = datetime.fromtimestamp(self._last, tz=UTC)
        self._write(self._render(self._measure, now, ended) + "\n")


def plain_line(measure: Measure, now: datetime, ended: bool) -> str:
    """``2026-11-23T20:24:05Z parse 1200/4771 25% 240/s ETA 15s``."""
    parts = [f"{now:%Y-%m-%dT%H:%M:%SZ}", measure.stage, _count(measure)]
    if measure.total and not ended:
        parts.append(f"{100 * measure.done // measure.total}%")
    parts.append(f"{measure.rate if ended else measure.recent_rate:.0f}/s")
    if ended:
        parts.append(f"done in {_duration(measure.seconds)}")
    elif measure.remaining_seconds is not None:
        parts.append(f"ETA {_duration(measure.remaining_seconds)}")
    return " ".join(parts)


def json_line(measure: Measure, now: datetime, ended: bool) -> str:
    """One JSON object: time, stage, done, total, rate (units/s), eta (seconds), ended."""
    remaining = measure.remaining_seconds
    return json.dumps(
        {
            "time": now.isoformat(),
            "stage": measure.stage,
            "done": measure.done,
            "total": measure.total,
            "rate": round(measure.rate if ended else measure.recent_rate, 1),
            "eta": None if remaining is None else round(remaining, 1),
            "ended": ended,
        }
    )


@contextmanager
def show_progress(mode: ProgressMode, stream: TextIO, clock: Clock = time.time) -> Generator[Progress]:
    """Show the progress reported inside the block on `stream`, and leave the stream tidy."""
    if mode is ProgressMode.AUTO:
        mode = ProgressMode.RICH if stream.isatty() else ProgressMode.PLAIN
    if mode is ProgressMode.RICH:
        # Imported only here: without a terminal nobody has to wait for it.
        from strangler.cli.live_progress import live_progress  # noqa: PLC0415

        with live_progress(stream) as bars:
            yield bars
    elif mode is ProgressMode.PLAIN:
        yield LineProgress(stream.write, plain_line, PLAIN_INTERVAL, clock)
    elif mode is ProgressMode.JSON:
        yield LineProgress(stream.write, json_line, JSON_INTERVAL, clock)
    else:
        yield SilentProgress()


@contextmanager
def progress_of(context: typer.Context) -> Generator[Progress]:
    """Show progress in the mode that the running command was given; a quiet command shows none."""
    settings = settings_of(context)
    mode = ProgressMode.NONE if settings.quiet else settings.progress
    with show_progress(mode, sys.stderr) as progress:
        yield progress


def _count(measure: Measure) -> str:
    return f"{measure.done}" if measure.total is None else f"{measure.done}/{measure.total}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"
