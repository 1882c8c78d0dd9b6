"""The interface by which long-running work reports its progress."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the progress of one piece of work, one stage at a time."""

    def start(self, stage: str, total: int | None, done: int = 0) -> None:
        """Begin `stage`; `total` is its number of units, None when unknown; `done` of them were done earlier."""
        ...

    def limit(self, rate: float | None) -> None:
        """Set a limit of `rate` units per second; None for no limit."""
        ...

    def advance(self, n: int = 1) -> None:
        """Count `n` more units of the current stage as done."""
        ...

    def finish(self) -> None:
        """End the current stage."""
        ...


class SilentProgress:
    """Ignores all progress: for tests and for callers that do not need it."""

    def start(self, stage: str, total: int | None, done: int = 0) -> None:
        """Ignore the stage."""

    def limit(self, rate: float | None) -> None:
        """Ignore the limit."""

    def advance(self, n: int = 1) -> None:
        """Ignore the units."""

    def finish(self) -> None:
        """Ignore the end."""
