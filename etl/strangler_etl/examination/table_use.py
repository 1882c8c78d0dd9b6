"""What a migration will do with a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableUse:
    """What will happen to a table.

    `owned` tables move with the authority; strangler writes rows into `written` ones; `number` is the column whose
    numbering is handed over with the authority.
    """

    name: str
    owned: bool
    written: bool
    number: str | None = None
