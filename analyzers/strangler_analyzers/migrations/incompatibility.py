"""A step of a migration that is incompatible with the previous release."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from strangler.model.location import Location

EXCUSE = "# incompatible:"
"""The comment that states why a step is acceptable all the same; in SQL it begins with ``--``."""


class StepKind(StrEnum):
    """The kinds of incompatible changes of a table or column."""

    REMOVES_TABLE = "removes"
    RENAMES_TABLE = "renames"
    RENAMES_MODEL = "renames model"
    """Its table gets another name with it, unless that is said somewhere (``db_table``)."""
    REMOVES_COLUMN = "removes column"
    RENAMES_COLUMN = "renames column"
    MOVES_COLUMN = "moves"
    """A field gets another column, by ``db_column``."""
    ADDS_REQUIRED = "adds required column"
    """A NOT NULL column without a server-side default."""
    FORBIDS_NULL = "forbids NULL"
    CHANGES_TYPE = "changes type"
    CONSTRAINS = "constrains"
    """Rows that were allowed before are refused: by a unique key or a check."""
    ASKS_UNIQUE = "asks for unique values of"
    NARROWS_DIGITS = "takes fewer digits in"
    UNREAD = "runs what cannot be read"
    """SQL that is known only when the migration runs."""


@dataclass(frozen=True, slots=True)
class Incompatibility:
    """A step of the migration `module` that breaks the release before; `told` says what it does to which table."""

    module: str
    table: str
    column: str
    kind: StepKind
    operation: str
    told: str
    remedy: str
    location: Location
