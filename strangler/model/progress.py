"""How long-running work says how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the stages of one piece of work, one stage at a time."""

    def start(self, stage: str, total: int | None, done: int = 0) -> None:
        """Begin `stage`; `total` is its number of units, None while nobody knows; `done` are from an earlier time."""
        ...

    def limit(self, rate: float | None) -> None:
        """Say that no more than `rate` units per second are going to be done; None: as many as can be."""
        ...

    def advance(self, n: int = 1) -> None:
        """Count `n` more units of the current stage as done."""
        ...

    def finish(self) -> None:
        """End the current stage."""
        ...


class SilentProgress:
    """Listens to nothing: for tests and for callers who do not care."""

    def start(self, stage: str, total: int | None, done: int = 0) -> None:
        """Ignore the stage."""

    def limit(self, rate: float | None) -> None:
        """Ignore the limit."""

    def advance(self, n: int = 1) -> None:
        """Ignore the units."""

    def finish(self) -> None:
        """Ignore the end."""
