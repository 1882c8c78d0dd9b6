"""What a refresh has done for one table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class RefreshedTable:
    """What a refresh did for one table: `compared` is the row count of the larger side.

    Those of them that were not written are `unchanged`. `followed` counts rows with changes in the journal, which were
    applied before. `not_numbered` says why the table cannot give new rows numbers behind the written ones; None where
    it can.
    """

    source: str
    target: str
    compared: int = 0
    written: int = 0
    deleted: int = 0
    unchanged: int = 0
    followed: int = 0
    seconds: float = 0.0
    not_numbered: str | None = None
