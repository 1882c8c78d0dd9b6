"""A step of a migration that may be incompatible with the previous release."""

from __future__ import annotations

from dataclasses import dataclass

from strangler_analyzers.migrations.field_definition import FieldDefinition
from strangler_analyzers.migrations.incompatibility import StepKind
from strangler_analyzers.migrations.operations import NamedModel, NamedTable
from strangler_analyzers.migrations.widening import Spelled

UNCHANGED: Spelled = ("", 0)
"""What a column becomes whose type stays."""


@dataclass(frozen=True, slots=True)
class SchemaStep:
    """One step, from `line` to `end_line`, with its own word for itself; where it is about the table `column` is empty.

    `becomes` is the new type where one changes. A constraint is about the columns `among`, where they are said. What
    a migration of Django says of a field it changes is `field`.
    """

    line: int
    end_line: int
    operation: str
    kind: StepKind
    touched: NamedTable | NamedModel
    column: str = ""
    becomes: Spelled = UNCHANGED
    among: tuple[str, ...] = ()
    field: FieldDefinition | None = None
