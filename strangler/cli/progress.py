"""How progress looks on standard error: live on a terminal, sparse lines in a log."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

import rich.console
import rich.progress
import typer

from strangler.cli.settings import ProgressMode, settings_of
from strangler.model.progress import Progress, SilentProgress

PLAIN_INTERVAL = 10.0
JSON_INTERVAL = 1.0

Clock = Callable[[], float]
"""Seconds since 1970."""


class Measure:
    """Counts one stage at a time: how much is done, how fast, how long it still takes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun = clock()
        self.stage = ""
        self.done = 0
        self.total: int | None = None

    def start(self, stage: str, total: int | None) -> None:
        """Begin to count `stage`."""
        self.stage, self.total, self.done = stage, total, 0
        self._begun = self._clock()

    @property
    def seconds(self) -> float:
        """How long the stage has been running."""
        return self._clock() - self._begun

    @property
    def rate(self) -> float:
        """Units per second so far."""
        return self.done / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining_seconds(self) -> float | None:
        """How long the rest takes at this rate; None while nobody can know."""
        if self.total is None or self.rate == 0:
            return None
        return max(0.0, (self.total - self.done) / self.rate)


class LineProgress:
    """Writes a line now and then: at most one per `interval` seconds, and one when a stage ends."""

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

    def start(self, stage: str, total: int | None) -> None:
        """Begin `stage`, without a line: most stages are over at once."""
        self._measure.start(stage, total)
        self._last = self._clock()

    def advance(self, n: int = 1) -> None:
        """Count, and write a line when the last one is old enough."""
        self._measure.done += n
        if self._clock() - self._last >= self._interval:
            self._line(ended=False)

    def finish(self) -> None:
        """Write how the stage ended."""
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
    parts.append(f"{measure.rate:.0f}/s")
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
            "rate": round(measure.rate, 1),
            "eta": None if remaining is None else round(remaining, 1),
            "ended": ended,
        }
    )


class RichProgress:
    """A live bar for each stage."""

    def __init__(self, bars: rich.progress.Progress) -> None:
        self._bars = bars
        self._task = rich.progress.TaskID(0)

    def start(self, stage: str, total: int | None) -> None:
        """Add a bar."""
        self._task = self._bars.add_task(stage, total=total)

    def advance(self, n: int = 1) -> None:
        """Move the bar."""
        self._bars.advance(self._task, n)

    def finish(self) -> None:
        """Fill the bar: what is not counted is done too."""
        task = self._bars.tasks[self._bars.task_ids.index(self._task)]
        self._bars.update(self._task, total=task.completed, completed=task.completed)


@contextmanager
def show_progress(mode: ProgressMode, stream: TextIO, clock: Clock = time.time) -> Generator[Progress]:
    """Show the progress reported inside the block on `stream`, and leave the stream tidy."""
    if mode is ProgressMode.AUTO:
        mode = ProgressMode.RICH if stream.isatty() else ProgressMode.PLAIN
    if mode is ProgressMode.RICH:
        console = rich.console.Console(file=stream)
        with rich.progress.Progress(*_columns(), console=console, transient=True) as bars:
            yield RichProgress(bars)
    elif mode is ProgressMode.PLAIN:
        yield LineProgress(stream.write, plain_line, PLAIN_INTERVAL, clock)
    elif mode is ProgressMode.JSON:
        yield LineProgress(stream.write, json_line, JSON_INTERVAL, clock)
    else:
        yield SilentProgress()


@contextmanager
def progress_of(context: typer.Context) -> Generator[Progress]:
    """Show progress the way the running command was asked to; a quiet command shows none."""
    settings = settings_of(context)
    mode = ProgressMode.NONE if settings.quiet else settings.progress
    with show_progress(mode, sys.stderr) as progress:
        yield progress


def _columns() -> tuple[rich.progress.ProgressColumn, ...]:
    return (
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeElapsedColumn(),
        rich.progress.TimeRemainingColumn(),
    )


def _count(measure: Measure) -> str:
    return f"{measure.done}" if measure.total is None else f"{measure.done}/{measure.total}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"
