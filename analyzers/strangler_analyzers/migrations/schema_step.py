"""A step of a migration that may be more than the release before it can live with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from strangler_analyzers.migrations.operations import NamedModel, NamedTable
from strangler_analyzers.migrations.widening import Spelled


class StepKind(StrEnum):
    """What becomes of a table or column."""

    REMOVES_TABLE = "removes"
    RENAMES_TABLE = "renames"
    REMOVES_COLUMN = "removes column"
    RENAMES_COLUMN = "renames column"
    ADDS_REQUIRED = "adds required column"
    """A column without NULL that the database fills with nothing by itself."""
    FORBIDS_NULL = "forbids NULL"
    CHANGES_TYPE = "changes type"
    CONSTRAINS = "constrains"
    """Rows that were allowed are not any more: a unique key, a check."""


UNCHANGED: Spelled = ("", 0)
"""What a column becomes whose type stays."""


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """One step; `operation` is its own word, `column` the name the operation uses, empty where it is about the table.

    `becomes` is the new type where one changes. A constraint is about the columns `among`, where they are said.
    """

    line: int
    operation: str
    kind: StepKind
    touched: NamedTable | NamedModel
    column: str = ""
    becomes: Spelled = UNCHANGED
    among: tuple[str, ...] = ()
