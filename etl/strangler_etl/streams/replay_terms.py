"""The terms of a replay, and its result."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplayTerms:
    """What is published again, and for whom.

    `id` identifies the replay. It may be limited to changes since a time, in seconds since 1970; to one `table` of the
    service, or the row with a `key`; and to one consumer, the `recipient`. With `rows` it publishes every existing row
    instead of what the journals hold. `until` limits it to rows that changed before that time, with all their later
    changes: a consumer that is told an old state has to be told the newest as well.
    """

    id: str
    since: float | None = None
    key: str | None = None
    recipient: str | None = None
    rows: bool = False
    until: float | None = None
    table: str | None = None

    def takes(self, table: str, key: str) -> bool:
        """Whether a row is among those that are asked for."""
        return self.table in {None, table} and self.key in {None, key}

    def holds(self, changed_at: float) -> bool:
        """Whether a change at this time is among those that are asked for."""
        return self.since is None or changed_at >= self.since


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many events were published again, and how many were `left_out` because they do not fit.

    `examples` are the first ids of those left out, with the reasons.

    `gone` events tell of rows that no longer exist. `replay` is the id of the replay, which may be an interrupted one
    that was continued.
    """

    events: int
    left_out: int
    examples: tuple[str, ...]
    gone: int
    replay: str
