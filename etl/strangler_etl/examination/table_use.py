"""What a migration is going to do with a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableUse:
    """What is to happen with a table.

    `owned` tables move with the authority, into `written` ones strangler puts rows; `number` is the column whose
    numbers are handed over with the authority.
    """

    name: str
    owned: bool
    written: bool
    number: str | None = None
