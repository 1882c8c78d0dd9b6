"""Progress on a terminal: a live bar for each stage."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from typing import TextIO

import rich.console
import rich.progress
from rich.text import Text


class RichProgress:
    """A live bar for each stage."""

    def __init__(self, bars: rich.progress.Progress) -> None:
        self._bars = bars
        self._task = rich.progress.TaskID(0)

    def start(self, stage: str, total: int | None, done: int = 0) -> None:
        """Add a bar."""
        self._task = self._bars.add_task(stage, total=total, completed=done, limit=None)

    def limit(self, rate: float | None) -> None:
        """Assume at most `rate` units per second from now on."""
        self._bars.update(self._task, limit=rate)

    def advance(self, n: int = 1) -> None:
        """Move the bar."""
        self._bars.advance(self._task, n)

    def finish(self) -> None:
        """Fill the bar: uncounted work is done too."""
        task = self._bars.tasks[self._bars.task_ids.index(self._task)]
        self._bars.update(self._task, total=task.completed, completed=task.completed)


@contextmanager
def live_progress(stream: TextIO) -> Generator[RichProgress]:
    """Show a bar for each stage on a terminal, and leave it tidy."""
    console = rich.console.Console(file=stream)
    with rich.progress.Progress(*_columns(), console=console, transient=True) as bars:
        yield RichProgress(bars)


def _columns() -> tuple[rich.progress.ProgressColumn, ...]:
    return (
        rich.progress.TextColumn("{task.description}"),
        rich.progress.BarColumn(),
        rich.progress.MofNCompleteColumn(),
        rich.progress.TimeElapsedColumn(),
        _Remaining(),
    )


class _Remaining(rich.progress.ProgressColumn):
    """The time left at the recent rate, or at the allowed rate."""

    max_refresh = 0.5

    def render(self, task: rich.progress.Task) -> Text:
        """Return the time; nothing while it is unknown."""
        limit: float | None = task.fields["limit"]
        rates = [rate for rate in (task.speed, limit) if rate]
        if task.remaining is None or not rates:
            return Text("-:--:--", style="progress.remaining")
        return Text(str(timedelta(seconds=ceil(task.remaining / min(rates)))), style="progress.remaining")
