"""How long-running work says how far it is, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the stages of one piece of work, one stage at a time."""

    def start(self, stage: str, total: int | None) -> None:
        """Begin `stage`; `total` is its number of units, None while nobody knows."""
        ...

    def advance(self, n: int = 1) -> None:
        """Count `n` more units of the current stage as done."""
        ...

    def finish(self) -> None:
        """End the current stage."""
        ...


class SilentProgress:
    """Listens to nothing: for tests and for callers who do not care."""

    def start(self, stage: str, total: int | None) -> None:
        """Ignore the stage."""

    def advance(self, n: int = 1) -> None:
        """Ignore the units."""

    def finish(self) -> None:
        """Ignore the end."""
