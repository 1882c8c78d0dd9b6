"""What a replay is asked for, and what it has done."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplayTerms:
    """What is published again, and for whom.

    `id` tells one replay from others. Only what has changed from a time on, in seconds since 1970; only rows of one
    `table` of the service, or with a `key`; only for one consumer, the `recipient`. With `rows` it is every row that is
    there instead of what the journals hold. Only rows that have changed before `until`, with all that has become of
    them since: whoever is told an old state has to be told the newest as well.
    """

    id: str
    since: float | None = None
    key: str | None = None
    recipient: str | None = None
    rows: bool = False
    until: float | None = None
    table: str | None = None

    def takes(self, table: str, key: str) -> bool:
        """Whether a row may be among those that are asked for."""
        return self.table in {None, table} and self.key in {None, key}

    def holds(self, changed_at: float) -> bool:
        """Whether a change at this time may be among those that are asked for."""
        return self.since is None or changed_at >= self.since


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many events were published again; of what was `left_out`, as it does not fit, the first ids with reasons.

    So many of the events as `gone` says tell of rows that are not there any more. `replay` is the id of the replay:
    of one that was cut off before, where that was gone on with.
    """

    events: int
    left_out: int
    examples: tuple[str, ...]
    gone: int
    replay: str
